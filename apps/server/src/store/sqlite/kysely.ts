/** Kysely over node:sqlite: migrations and the queries of people, never the path of a REGISTER. */

import { Kysely, SqliteDialect } from "kysely";
import type { Database, Statement } from "./driver.ts";
import type { Schema } from "./schema.ts";

type Values = Parameters<Statement["run"]>;

/** Closing the result leaves `database` open: whoever opened it closes it. */
export function kyselyOver(database: Database): Kysely<Schema> {
  return new Kysely<Schema>({
    dialect: new SqliteDialect({
      database: {
        close: () => {},
        prepare(sql) {
          const statement = database.prepare(sql);
          return {
            reader: statement.columns().length > 0,
            all: (values) => statement.all(...(values as Values)),
            run: (values) => statement.run(...(values as Values)),
            iterate: (values) => statement.iterate(...(values as Values)),
          };
        },
      },
    }),
  });
}
