//! The command as a program of its own; the packages reach the same through their native module.

fn main() -> std::process::ExitCode {
    let code = lightcone_cli::run(std::env::args_os().skip(1).collect());
    std::process::ExitCode::from(u8::try_from(code).unwrap_or(1))
}
