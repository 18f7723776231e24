CREATE TABLE author (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name varchar(80) NOT NULL,
  email TEXT UNIQUE,
  "type" TEXT NOT NULL DEFAULT 'human "x" \ it''s */ {}',
  born DATE,
  "2nd" INTEGER,
  "first name" TEXT,
  "größe" REAL,
  "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  self TEXT,
  "or" TEXT,
  price DECIMAL(10,2) DEFAULT 1.5,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  picture BLOB,
  settings JSON,
  "why? "" \ */" TEXT,
  a_column_with_a_name_that_is_as_long_as_names_of_postgresql_can INTEGER NOT NULL DEFAULT -1,
  search TSVECTOR,
  upper TEXT GENERATED ALWAYS AS (upper(name)),
  later DATETIME DEFAULT (datetime('now', '+1 day'))
);
CREATE TABLE book (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
  editor INTEGER REFERENCES author ON DELETE SET NULL,
  part_of INTEGER REFERENCES book (id),
  author TEXT,
  country TEXT REFERENCES country (code),
  heir_id INTEGER REFERENCES author (id) ON DELETE SET DEFAULT
);
CREATE INDEX book_author ON book (author_id);
CREATE INDEX book_editor ON book (editor);
CREATE INDEX book_part ON book (part_of, title);
CREATE INDEX book_country ON book (country);
CREATE INDEX book_heir ON book (heir_id);
CREATE UNIQUE INDEX book_title ON book (title, author_id);
CREATE INDEX book_lower ON book (lower(title));
CREATE TABLE country (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, label TEXT);
CREATE INDEX country_label ON country (label);
CREATE TABLE tag (id TEXT NOT NULL PRIMARY KEY, label TEXT);
CREATE TABLE book_tag (
  id INTEGER PRIMARY KEY,
  book_id INTEGER NOT NULL REFERENCES book,
  tag_id TEXT NOT NULL REFERENCES tag
);
CREATE UNIQUE INDEX book_tag_once ON book_tag (book_id, tag_id);
CREATE INDEX book_tag_tag ON book_tag (tag_id);
CREATE TABLE profile (
  id BLOB NOT NULL PRIMARY KEY,
  author_id INTEGER NOT NULL UNIQUE REFERENCES author (id),
  bio TEXT
);
CREATE TABLE "profileNotes" (
  profile BLOB NOT NULL REFERENCES profile (id),
  "noteId" INTEGER NOT NULL UNIQUE
);
CREATE INDEX notes_of ON "profileNotes" (profile);
CREATE TABLE order_line (order_id INTEGER, line INTEGER, PRIMARY KEY (order_id, line));
CREATE TABLE "option" (id INTEGER PRIMARY KEY, line_order INTEGER, line INTEGER, FOREIGN KEY (line_order, line) REFERENCES order_line);
CREATE TABLE orders (id INTEGER PRIMARY KEY);
CREATE TABLE "order" (id INTEGER PRIMARY KEY, self_id INTEGER REFERENCES "order" (id));
CREATE INDEX order_self ON "order" (self_id);
CREATE TABLE "2nd table, größe" (id INTEGER PRIMARY KEY);
CREATE TABLE table_with_a_name_as_long_as_names_of_tables_can_become_at_all (
  id INTEGER PRIMARY KEY,
  "another column: its name is as long as a name can become, too" TEXT NOT NULL DEFAULT 'a default that is longer than fits',
  a_third_column_whose_name_is_nearly_as_long_as_the_second_has TEXT,
  a_key_with_a_name_that_is_long_enough_to_break_its_line_too_id INTEGER,
  FOREIGN KEY (a_key_with_a_name_that_is_long_enough_to_break_its_line_too_id) REFERENCES table_with_a_name_as_long_as_names_of_tables_can_become_at_all (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX wide ON table_with_a_name_as_long_as_names_of_tables_can_become_at_all ("another column: its name is as long as a name can become, too", a_third_column_whose_name_is_nearly_as_long_as_the_second_has);
CREATE INDEX wide_key ON table_with_a_name_as_long_as_names_of_tables_can_become_at_all (a_key_with_a_name_that_is_long_enough_to_break_its_line_too_id);
CREATE TABLE no_key (name TEXT);
CREATE VIEW a_view AS SELECT * FROM book;
CREATE TABLE coded (id integer PRIMARY KEY, code text UNIQUE);
CREATE TABLE coding (id integer PRIMARY KEY, coded_code text REFERENCES coded (code));
CREATE INDEX coding_coded ON coding (coded_code);
