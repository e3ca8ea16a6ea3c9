import { VERSION } from "../version.js";

/** The names that the service knows for what `process.platform` says. */
const SYSTEMS: Record<string, string> = {
  android: "Android",
  darwin: "MacOS",
  freebsd: "FreeBSD",
  linux: "Linux",
  openbsd: "OpenBSD",
  win32: "Windows",
};
const ARCHITECTURES: Record<string, string> = { arm: "arm", arm64: "arm64", ia32: "x32", x64: "x64" };

/** What every request tells of the program that sends it (contract, section 7). */
export function aboutThisProgram(): Record<string, string> {
  const { platform, arch, version } = process;
  return {
    "user-agent": `Lightcone/JS ${VERSION}`,
    "x-stainless-lang": "js",
    "x-stainless-package-version": VERSION,
    "x-stainless-os": SYSTEMS[platform] ?? `Other:${platform}`,
    "x-stainless-arch": ARCHITECTURES[arch] ?? `other:${arch}`,
    "x-stainless-runtime": "node",
    "x-stainless-runtime-version": version,
  };
}
