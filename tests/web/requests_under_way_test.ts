import { assertEquals } from "@std/assert";
import { turn } from "../support/fake_clock.ts";
import { RequestsUnderWay } from "../../web/requests_under_way.ts";

Deno.test("RequestsUnderWay takes so many in all, and so many of one address", async () => {
  const requests = new RequestsUnderWay({ maxRequests: 3, maxRequestsPerAddress: 2 });
  const first = Promise.withResolvers<void>();
  const never = new Promise<void>(() => {});
  assertEquals(requests.take("192.0.2.1:1", first.promise), undefined);
  assertEquals(requests.take("192.0.2.1:2", never), undefined);
  assertEquals(requests.take("192.0.2.1:3", never), 429);
  assertEquals(requests.take("192.0.2.2:1", never), undefined);
  assertEquals(requests.take("192.0.2.3:1", never), 503);
  first.reject(new Error("the client has gone"));
  await turn();
  assertEquals(requests.count, 2);
  assertEquals(requests.take("192.0.2.1:4", never), undefined);
});

Deno.test("RequestsUnderWay counts loopback in all only: a proxy has all its clients there", () => {
  const requests = new RequestsUnderWay({ maxRequests: 3, maxRequestsPerAddress: 1 });
  const never = new Promise<void>(() => {});
  for (let at = 0; at < 3; at++) assertEquals(requests.take("127.0.0.1:1", never), undefined);
  assertEquals(requests.take("127.0.0.1:1", never), 503);
});
