//! Agent tasks: say in plain words what a computer should do, and watch an agent do it.
pub mod operation;
pub mod tasks;
