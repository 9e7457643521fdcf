// Makes one DOM tree equal to another by changing only what differs; elements with an id keep their identity.
const OWN = new Set(["open", "aria-busy", "data-sent"]); // belong to the reader, not to the server

export function morph(node, fresh) {
  if (node.nodeName !== fresh.nodeName || (node.id ?? "") !== (fresh.id ?? "")) return node.replaceWith(fresh);
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== fresh.data) node.data = fresh.data;
    return;
  }
  attributes(node, fresh);
  children(node, [...fresh.childNodes]);
}

function attributes(node, fresh) {
  for (const { name } of [...node.attributes]) if (!fresh.hasAttribute(name) && !OWN.has(name)) node.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

function children(node, wanted) {
  wanted.forEach((fresh, index) => {
    const known = fresh.id && [...node.children].find((child) => child.id === fresh.id);
    const here = node.childNodes[index];
    if (known && known !== here) node.insertBefore(known, here);
    const current = node.childNodes[index];
    if (current) morph(current, fresh);
    else node.append(fresh);
  });
  while (node.childNodes.length > wanted.length) node.lastChild.remove();
}
