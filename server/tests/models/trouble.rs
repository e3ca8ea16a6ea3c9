//! What goes wrong between the server and a model, for every adapter.
