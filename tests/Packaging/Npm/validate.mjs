// Validates an SBOM, the named file, by the JSON schema of CycloneDX 1.6, and prints a line for each fault. Lies in the folder with the
// packages of package.json.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const schema = (name) =>
  JSON.parse(readFileSync(new URL(`node_modules/@cyclonedx/cyclonedx-library/res/schema/${name}.SNAPSHOT.schema.json`, import.meta.url), "utf8"));
const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv);
// Formats of draft 7 without a check.
for (const format of ["idn-email", "iri-reference"]) ajv.addFormat(format, true);
for (const name of ["spdx", "jsf-0.82"]) ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const validate = ajv.compile(schema("bom-1.6"));
if (!validate(JSON.parse(readFileSync(process.argv[2], "utf8")))) {
  for (const error of validate.errors) console.log(`${error.instancePath}: ${error.message}`);
}
