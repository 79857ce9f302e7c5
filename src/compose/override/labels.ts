import { labelsOfContainer, labelsOfEnvironment } from "../../model/labels.ts";
import { escapeDollars } from "../model.ts";
import type { Contribution, OverrideContext } from "./concern.ts";
import { mapping, type YamlMapping } from "./render.ts";

/** Marks containers, and images that are built here, as the environment's. Labels of the project stay: both its forms merge with a mapping. */
export function addLabels({ services, installation, environment }: OverrideContext): Contribution {
  const ofImage = toLabels(labelsOfEnvironment(installation, environment));
  return {
    services: new Map(
      services.map(({ name, service }) => {
        const labels = toLabels(labelsOfContainer(installation, environment, name));
        return [name, mapping({ labels, ...(service.build ? { build: mapping({ labels: ofImage }) } : {}) })];
      }),
    ),
  };
}

/** The mapping to write for a set of labels. */
export function toLabels(labels: Readonly<Record<string, string>>): YamlMapping {
  return new Map(Object.entries(labels).map(([key, value]) => [key, escapeDollars(value)]));
}
