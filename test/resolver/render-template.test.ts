import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { renderTemplate } from "../../src/resolver/render-template.ts";

const template = "# key=comment\n[Section]\n  key=one\n  key=two\nother=1\n";

describe("renderTemplate", () => {
  it("replaces all lines of a setting, keeps their indentation and leaves comments alone", () => {
    const text = renderTemplate(template, [{ start: "key=", lines: ["key=a", "key=b", "key=c"] }]);

    assert.equal(text, "# key=comment\n[Section]\n  key=a\n  key=b\n  key=c\nother=1\n");
  });

  it("refuses a setting the template does not have", () => {
    const render = () => renderTemplate(template, [{ start: "missing=", lines: [] }]);

    assert.throws(render, /template has no line that begins with "missing="/);
  });
});
