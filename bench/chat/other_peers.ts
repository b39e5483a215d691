import { join } from "@std/path";
import type { Commands } from "../transfer/commands.ts";
import { type Server, startPeer } from "./server.ts";

/** `mosquitto`, at quality of service 0, without a limit for what waits. */
export function mosquitto(commands: Commands): Server {
  return {
    name: "mosquitto",
    wire: "mqtt",
    async start(folder) {
      const config = join(folder, "mosquitto.conf");
      const server = await startPeer(commands, folder, (port) => {
        const lines = [
          `listener ${port} 127.0.0.1`,
          "allow_anonymous true",
          "persistence false",
          "max_queued_messages 0",
          "set_tcp_nodelay true",
          "log_type error",
        ];
        Deno.writeTextFileSync(config, `${lines.join("\n")}\n`);
        return ["mosquitto", "-c", config];
      });
      return { ...server, promises: "nothing is stored" };
    },
  };
}

/** `ngircd` without its penalties. It hangs up on who has 64 KiB waiting: little may be under way. */
export function ngircd(commands: Commands): Server {
  return {
    name: "ngircd",
    wire: "irc",
    maxWindow: 100,
    // Joining a room takes it time by the square of its members: 500 are there after 4.5 s.
    maxMembers: 500,
    async start(folder) {
      const config = join(folder, "ngircd.conf");
      const server = await startPeer(commands, folder, (port) => {
        const lines = [
          "[Global]",
          "Name = bench.local",
          "Info = bench",
          "Listen = 127.0.0.1",
          `Ports = ${port}`,
          "MotdPhrase = bench",
          "[Limits]",
          "MaxConnections = 0",
          "MaxConnectionsIP = 0",
          "MaxJoins = 0",
          "MaxPenaltyTime = 0",
          "[Options]",
          "DNS = no",
          "Ident = no",
          "PAM = no",
        ];
        Deno.writeTextFileSync(config, `${lines.join("\n")}\n`);
        return ["ngircd", "-n", "-f", config];
      });
      return { ...server, promises: "nothing is stored" };
    },
  };
}
