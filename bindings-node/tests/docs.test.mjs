// What an editor shows: every name that a program can reach has a doc comment.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// The newest one has no programming interface of this kind.
const ts = createRequire(import.meta.url)("typescript-5.0");
const ROOT = new URL("../../", import.meta.url);
const { exports } = JSON.parse(await readFile(new URL("package.json", ROOT), "utf8"));
const modules = Object.values(exports).flatMap((entry) => entry.require?.types ?? []);
const files = modules.map((path) => fileURLToPath(new URL(path, ROOT)));
const program = ts.createProgram(files, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext });
const checker = program.getTypeChecker();

const ours = (declaration) => declaration.getSourceFile().fileName.includes("/bindings-node/dist/");
const documentation = (symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker));
const isInternal = (declaration) => (ts.getCombinedModifierFlags(declaration) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;

/** The symbol that a name stands for. */
const behind = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

/** Whether a parameter is explained: by its method's comment, or by the comments of its type's members. */
function isExplained(parameter, method) {
  if (documentation(parameter)) return true;
  if (documentation(method).includes(`\`${parameter.name}`)) return true;
  const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, parameter.valueDeclaration));
  const declared = (type.aliasSymbol ?? type.symbol)?.declarations?.some(ours);
  return Boolean(declared) && documentation(type.aliasSymbol ?? type.symbol) !== "";
}

/** Whether a property is a class, which says itself what it is. */
function isDocumentedClass(property) {
  const type = property.valueDeclaration && checker.getTypeOfSymbolAtLocation(property, property.valueDeclaration);
  return Boolean(type?.symbol && type.symbol.flags & ts.SymbolFlags.Class && documentation(type.symbol));
}

function* undocumented(symbol, path, seen) {
  const target = behind(symbol);
  const declarations = (target.declarations ?? []).filter(ours);
  if (declarations.length === 0 || declarations.every(isInternal) || seen.has(target)) return;
  seen.add(target);
  if (!documentation(target) && !documentation(symbol) && !isDocumentedClass(target)) yield path;
  for (const declaration of declarations.filter(ts.isFunctionLike)) {
    for (const parameter of declaration.parameters) {
      const name = checker.getSymbolAtLocation(parameter.name);
      // One that is taken apart has no name of its own; its members have.
      if (name && !isExplained(name, target)) yield `${path}(${name.name})`;
    }
  }
  const members = [...(target.members?.values() ?? []), ...(target.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Module) ? (target.exports?.values() ?? []) : [])];
  for (const member of members) {
    // The compiler's own names begin with `__`; a promise's methods are the language's.
    const isNamed = !["prototype", "then", "catch", "finally"].includes(member.name) && !String(member.escapedName).startsWith("__");
    if (isNamed && member.flags & ~ts.SymbolFlags.TypeParameter) yield* undocumented(member, `${path}.${member.name}`, seen);
  }
}

test("every exported name and its members, parameters included, have a doc comment", () => {
  assert.deepEqual(ts.getPreEmitDiagnostics(program).map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, " ")), []);
  const seen = new Set();
  const missing = files.flatMap((file) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    return checker.getExportsOfModule(module).flatMap((symbol) => [...undocumented(symbol, symbol.name, seen)]);
  });
  assert.deepEqual(missing, []);
  // That it has looked at something.
  assert.ok(seen.size > 250, String(seen.size));
});
