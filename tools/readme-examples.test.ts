import assert from "node:assert/strict";
import test from "node:test";
import { checkExamples, examplesOf, withAssertions } from "./readme-examples.ts";

test("examplesOf() takes ts blocks with their line and attributes, and no others", () => {
  const text = "# Title\n\n```ts\nconst a = 1;\n```\n\n```sh\nnpm test\n```\n\n```ts no-run\nb();\n```\n";
  assert.deepEqual(examplesOf("README.md", text), [
    { readme: "README.md", line: 3, attributes: "", code: "const a = 1;\n" },
    { readme: "README.md", line: 11, attributes: "no-run", code: "b();\n" },
  ]);
});

test("withAssertions() turns `// → value` into an assertion on its own line", () => {
  const code = withAssertions('const a = 1 + 1; // → 2\nformat(a); // → "2"\n');
  assert.equal(
    code,
    'import { deepEqual as expectExample } from "node:assert/strict"; const a = 1 + 1; expectExample(a, 2);\nexpectExample(format(a), "2");\n',
  );
});

test("checkExamples() tells a wrong value and a wrong type by README and line", async () => {
  const example = (line: number, code: string) => ({ readme: "README.md", line, attributes: "", code });
  const faults = await checkExamples([
    example(10, "const a: number = 1 + 1; // → 2\n"),
    example(20, "const a: number = 1 + 1; // → 3\n"),
    example(30, 'const a: number = "text";\n'),
  ]);
  assert.deepEqual(
    faults.map((fault) => fault.example),
    ["types of the examples", "README.md:20"],
  );
  assert.match(faults[0]!.output, /example-3\.ts\(31,/);
});
