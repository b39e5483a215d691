// Send me a file: listens, takes one sender's files into a folder, says what came.
//
//   deno run -P=receive examples/send_me_a_file.ts [FOLDER] [PORT]
// deno-lint-ignore-file no-console -- a program for people
import { FolderInbox, formatAddress, listen, receiveFiles } from "../mod.ts";

const [folder = ".", port = "0"] = Deno.args;
const inbox = new FolderInbox(folder, { maxFileBytes: 100 * 1024 ** 2 });
const listener = listen({ host: "127.0.0.1", port: Number(port) });
const address = formatAddress(listener.address);
console.log(`Send me a file: deno task send --port ${listener.address.port} FILE`);
console.log(`listening on ${address}`);

for await (const connection of listener) {
  listener.close();
  const { files, bytes } = await receiveFiles(connection, inbox, {
    onReceived: ({ savedAs, size }) => console.log(`got ${savedAs}, ${size} bytes`),
    onFailed: ({ error }) => console.log(`something did not arrive: ${error.code}`),
    onProgress: ({ bytes, size }) => {
      if (bytes === size) console.log("all of it is here, verifying");
    },
  });
  console.log(`${files} files, ${bytes} bytes. Thank you!`);
}
