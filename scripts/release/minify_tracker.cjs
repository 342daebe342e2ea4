// Minify a script from stdin to stdout: node minify_tracker.cjs KIND. Run by build_tracker.py; NODE_PATH leads to terser.
const { readFileSync } = require("fs");
const { minify } = require("terser");

// The names that declarations get, in order of preference. This order, with the order of declarations and keys in the
// source, was found by trying many: it gives the smallest plain script after gzip.
const letters = "esnturkdcpailomqbwxvhjzfygETNRSAOILCDHUPMGFBVWYXKJZQ";

minify(readFileSync(0, "utf8"), {
  ecma: 2020,
  module: process.argv[2] === "module",
  compress: { passes: 3, drop_debugger: false },
  mangle: { nth_identifier: { get: (n) => letters[n] } },
  format: { comments: /^[+-]/ },
}).then(({ code }) => process.stdout.write(code));
