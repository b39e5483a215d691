import { testRegistry } from "../contracts/registry.ts";
import { diskRegistry } from "../support/disk_storage.ts";

testRegistry({ name: "sqliteRegistry", open: (clock) => diskRegistry({ clock }) });
