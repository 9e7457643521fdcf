"""What nobody types by mistake, sent to every parameter of every address, form, call and command."""
