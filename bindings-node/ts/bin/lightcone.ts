#!/usr/bin/env node
import { native } from "#native";

// The command itself ends on these signals. Without a listener Node.js has handlers of its own,
// which the command's would call after theirs, and which raise the signal again, for ever.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});

void native.runCli(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
