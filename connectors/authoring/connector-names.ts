/** How a new connector is called: in folders, in code, in overlays. */

export interface ConnectorNames {
  /** Folder below connectors/: `parking-permits`. */
  folder: string;
  /** The contract's name in services, and its variable: `parkingPermits`. */
  contract: string;
  /** Folder and name of the adapter: `soap`. */
  adapter: string;
  /** The adapter's variable: `parkingPermitsSoap`. */
  adapterVariable: string;
  /** The simulator's function: `parkingPermitsSoapSimulator`. */
  simulatorVariable: string;
  /** For people: `Parking permits`. */
  title: string;
}

/** Names that the kit's own files and words have. */
const TAKEN = new Set([
  "contract",
  "contracts",
  "adapter",
  "adapters",
  "transport",
  "authoring",
  "simulator",
  "wire",
  "read",
  "write",
  "courtesy",
  "z",
]);

export const isConnectorName = (name: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && !TAKEN.has(name);

const camel = (text: string): string => text.replaceAll(/-([a-z0-9])/g, (_, next: string) => next.toUpperCase());

/** The names for `parking-permits` with the adapter `soap`. */
export function connectorNames(folder: string, adapter: string): ConnectorNames {
  const contract = camel(folder);
  const adapterVariable = `${contract}${camel(`-${adapter}`)}`;
  const words = folder.replaceAll("-", " ");
  return {
    folder,
    contract,
    adapter,
    adapterVariable,
    simulatorVariable: `${adapterVariable}Simulator`,
    title: words.slice(0, 1).toUpperCase() + words.slice(1),
  };
}

/** `find-permit` from `findPermit`, for the names of golden cases. */
export const kebab = (name: string): string =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .toLowerCase();
