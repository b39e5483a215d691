import { textAnswer, type WebRoutes } from "../web/web_server.ts";
import { ChatMetrics, type MetricsSource } from "./chat_metrics.ts";
import { healthProblem, type HealthSource } from "./health.ts";

/**
 * What a web server answers for those who run a chat server: `/healthz`, `/metrics`, and at `/` what there
 * is. All of it can be read by who reaches the port, and names nobody.
 *
 * @param source What the answers are read from, when they are asked for.
 * @returns The routes.
 */
export function statusRoutes(source: MetricsSource & HealthSource): WebRoutes {
  const metrics = new ChatMetrics(source);
  return {
    "GET /": () =>
      textAnswer(`Parley ${source.version}: a chat server.

/healthz  200 where the server takes messages, 503 with the reason where it does not
/metrics  its numbers, for Prometheus
`),
    "GET /healthz": () => {
      const problem = healthProblem(source);
      return problem === undefined ? textAnswer("ok\n") : textAnswer(`${problem}\n`, 503);
    },
    "GET /metrics": async () => {
      const { text, contentType } = await metrics.scrape();
      return new Response(text, { headers: { "content-type": contentType } });
    },
  };
}
