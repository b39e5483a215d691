import { type Commands, isInstalled } from "../transfer/commands.ts";
import type { Servers } from "./bench.ts";
import { jetStream, nats } from "./nats.ts";
import { mosquitto, ngircd } from "./other_peers.ts";
import { copier, parley } from "./own_servers.ts";

/**
 * Finds the servers that are installed.
 *
 * @param natsCommand The command of nats-server.
 * @returns The servers, and the commands that are missing.
 */
export async function findServers(
  commands: Commands,
  natsCommand = "nats-server",
): Promise<{ readonly servers: Servers; readonly missing: readonly string[] }> {
  const missing: string[] = [];
  const installed = async (command: string) => {
    const found = await isInstalled(command);
    if (!found) missing.push(command);
    return found;
  };
  const hasNats = await installed(natsCommand);
  const servers = {
    parley: parley(commands),
    copier: copier(commands),
    nats: hasNats ? nats(commands, natsCommand) : undefined,
    jetStream: hasNats ? jetStream(commands, natsCommand) : undefined,
    mosquitto: await installed("mosquitto") ? mosquitto(commands) : undefined,
    ngircd: await installed("ngircd") ? ngircd(commands) : undefined,
  };
  return { servers, missing };
}
