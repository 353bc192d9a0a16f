/* node book_tex.js MATHJAX < [[tex, displayed], ...] > [error or "", ...]
 *
 * Renders every formula with the MathJax in folder MATHJAX. An undefined command is an error here; in
 * a browser it would be shown in red.
 */
"use strict";

const fs = require("fs");
const path = require("path");

const folder = path.resolve(process.argv[2]);
const wanted = JSON.parse(fs.readFileSync(0, "utf8"));

require(path.join(folder, "node-main.js"))
  .init({
    loader: { load: ["adaptors/liteDOM", "input/tex-full", "output/svg"], paths: { mathjax: folder } },
    tex: {
      packages: ["base", "ams", "newcommand", "configmacros"],
      formatError: (_, error) => {
        throw error;
      },
    },
    startup: { typeset: false },
  })
  .then((MathJax) => {
    const errors = wanted.map(([tex, display]) => {
      try {
        const text = MathJax.startup.adaptor.outerHTML(MathJax.tex2svg(tex, { display }));
        return /data-mjx-error|merror/.test(text) ? "an error is shown in its place" : "";
      } catch (error) {
        return String(error.message || error);
      }
    });
    process.stdout.write(JSON.stringify(errors));
  })
  .catch((error) => {
    process.stderr.write(String(error));
    process.exit(1);
  });
