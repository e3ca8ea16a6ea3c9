#!/usr/bin/env node
import { native } from "../native.js";

void native.runCli(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
