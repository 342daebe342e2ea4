// Minify a script from stdin to stdout: node minify_tracker.cjs KIND. Run by build_tracker.py, which sets NODE_PATH.
const { readFileSync } = require("fs");
const { minify } = require("terser");

// Names for declarations, in order of preference. Of the many orders tried, together with orders of the declarations
// and keys in the source, these give the smallest scripts after gzip.
const letters = {
  tag: "eilnrsfdtomapckxguvhHjbBAMITyqGDFRLzOSEPUwNCVWYXKJZQ",
  site: "terngafcdsowliIympPEbuqxhLjTNRAkCzvSHODUMGFBVWYXKJZQ",
  module: "tirnsafcdebxloOghpAjSRCkwPuTqDvLIUmEyHzNMGFBVWYXKJZQ",
}[process.argv[2]];

minify(readFileSync(0, "utf8"), {
  ecma: 2020,
  module: process.argv[2] === "module",
  compress: { passes: 3, drop_debugger: false },
  mangle: { nth_identifier: { get: (n) => letters[n] } },
  format: { comments: /^[+-]/ },
}).then(({ code }) => process.stdout.write(code));
