import { findWrongAddresses } from "./addresses.ts";
import { findWrongAliases } from "./aliases.ts";
import { findWrongImages } from "./built-images.ts";
import { type Copies, ofEachCopy, type Property } from "./copies.ts";
import { findMissingHostLabels } from "./host-labels.ts";
import { findChangedFields } from "./kept-fields.ts";
import { findChangedSections, findChangedVolumes, findWrittenExternals } from "./kept-sections.ts";
import { findLeftBehind } from "./left-behind.ts";
import { findLostContainerNames, findSharedNames } from "./names-on-engine.ts";
import { findMisreadText } from "./override-text.ts";
import { findForeignNetworks, findWrongModes } from "./own-network.ts";
import { findPublishedPorts } from "./published-ports.ts";
import { findOtherDifferences } from "./rendering.ts";
import { findChangedServiceSets } from "./service-sets.ts";
import { findHeavyStubs } from "./shared-stubs.ts";
import { findUntold } from "./told.ts";

/**
 * The properties that two merged models of any project have, by what they say. What needs more than the models (user files untouched, the same bytes) is in
 * user-files.ts and rendering.ts.
 */
export const properties = {
  "P1 no port is published": ofEachCopy(findPublishedPorts),
  "P2 no name on the engine is shared": findSharedNames,
  "P2 container names that follow the project's name stay": findLostContainerNames,
  "P2 images that are built are the copy's own": findWrongImages,
  "P3 the only network is the environment's": ofEachCopy(findForeignNetworks),
  "P4 every service is on it, or deliberately on none": ofEachCopy(findWrongModes),
  "P5, P14 addresses are the reserved ones": ofEachCopy(findWrongAddresses),
  "P6 names are kept and mean one service": ofEachCopy(findWrongAliases),
  "P6 every service has a host name": ofEachCopy(findMissingHostLabels),
  "P7 the services are the project's": ofEachCopy(findChangedServiceSets),
  "P8 other fields are the project's": ofEachCopy(findChangedFields),
  "P9 other sections are the project's": ofEachCopy(findChangedSections),
  "P9 volumes are the project's but for their names": findChangedVolumes,
  "P9 nothing writes to an external volume": ofEachCopy(findWrittenExternals),
  "P11 copies differ in names and addresses alone": findOtherDifferences,
  "P12 nothing leads back to the project or to another copy": findLeftBehind,
  "P13 shared services are stubs": ofEachCopy(findHeavyStubs),
  "P15 the override is read as it was meant": ofEachCopy(findMisreadText),
  "what stays shared or is lost is told": findUntold,
} satisfies Record<string, Property>;

/** Every problem that any property finds, with the property it contradicts. */
export function findProblems(copies: Copies): string[] {
  return Object.entries(properties).flatMap(([name, find]) => find(copies).map((problem) => `${name}: ${problem}`));
}
