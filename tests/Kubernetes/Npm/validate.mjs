// Validates Kubernetes objects, a JSON list in the named file, by the models of kubernetes-models and its packages of custom resources.
// Prints a line for each fault, and "unknown" for kinds without a model. Lies in the folder of the tools, where the packages are.
import { readFileSync } from "node:fs";

const packages = {
  "cert-manager.io": "@kubernetes-models/cert-manager",
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "keda.sh": "@kubernetes-models/keda",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

for (const object of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const name = `${object.kind} ${object.metadata?.name}`;
  const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0] : "";
  let model;
  try {
    const models = await import(`${packages[group] ?? "kubernetes-models"}/${object.apiVersion}`);
    model = models[object.kind];
  } catch (error) {
    if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
  }
  if (!model) {
    console.log(`${name}: unknown`);
    continue;
  }
  try {
    new model(object).validate();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
  }
}
