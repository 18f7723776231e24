CREATE TABLE author (
  id bigint AUTO_INCREMENT PRIMARY KEY,
  name varchar(80) NOT NULL COMMENT 'The "name"
of the \\ author */',
  email varchar(100) UNIQUE,
  `type` varchar(40) NOT NULL DEFAULT 'human "x" \\ it''s */ {}',
  born date DEFAULT (CURRENT_DATE),
  `2nd` smallint unsigned,
  `first name` text,
  `größe` float,
  createdAt datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  self tinytext,
  `or` char(3),
  price decimal(10,2) DEFAULT 1.5,
  active boolean NOT NULL DEFAULT true,
  picture blob,
  settings json,
  `why? " \\ */` text,
  a_column_with_a_name_that_is_as_long_as_names_of_postgresql_can int NOT NULL DEFAULT -1,
  search set('a', 'b'),
  upper varchar(80) AS (upper(name)) VIRTUAL,
  later datetime DEFAULT (now() + INTERVAL 1 DAY),
  mood enum('glad', 'it''s "sad"') NOT NULL DEFAULT 'glad',
  words geometry,
  seen timestamp NULL,
  token binary(16),
  huge bigint unsigned,
  tiny tinyint
) COMMENT 'Who writes.
```
panic!("run by a test")
```
    indented()
*/ <b> [link] \\ end';
CREATE TABLE country (id int AUTO_INCREMENT PRIMARY KEY, code varchar(2) NOT NULL UNIQUE, label varchar(200));
CREATE INDEX country_label ON country (label);
CREATE TABLE book (
  id int unsigned AUTO_INCREMENT PRIMARY KEY,
  title varchar(200) NOT NULL,
  author_id bigint NOT NULL,
  editor bigint,
  part_of int unsigned,
  author varchar(80),
  country varchar(2),
  FOREIGN KEY (author_id) REFERENCES author (id) ON DELETE CASCADE,
  FOREIGN KEY (editor) REFERENCES author (id) ON DELETE SET NULL,
  FOREIGN KEY (part_of) REFERENCES book (id),
  FOREIGN KEY (country) REFERENCES country (code)
);
CREATE INDEX book_part ON book (part_of, title);
CREATE UNIQUE INDEX book_title ON book (title, author_id);
CREATE INDEX book_head ON book (author(10));
CREATE TABLE tag (id varchar(40) NOT NULL PRIMARY KEY, label longtext);
CREATE TABLE book_tag (
  id int AUTO_INCREMENT PRIMARY KEY,
  book_id int unsigned NOT NULL,
  tag_id varchar(40) NOT NULL,
  FOREIGN KEY (book_id) REFERENCES book (id),
  FOREIGN KEY (tag_id) REFERENCES tag (id),
  UNIQUE (book_id, tag_id)
);
CREATE TABLE profile (
  id binary(16) NOT NULL PRIMARY KEY,
  author_id bigint NOT NULL UNIQUE,
  bio text,
  FOREIGN KEY (author_id) REFERENCES author (id)
);
CREATE TABLE profileNotes (
  profile binary(16) NOT NULL,
  noteId int NOT NULL UNIQUE,
  FOREIGN KEY (profile) REFERENCES profile (id)
);
CREATE TABLE order_line (order_id int, line int, PRIMARY KEY (order_id, line));
CREATE TABLE `option` (id int PRIMARY KEY, line_order int, line int, FOREIGN KEY (line_order, line) REFERENCES order_line (order_id, line));
CREATE TABLE orders (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE `order` (id int AUTO_INCREMENT PRIMARY KEY, self_id int, FOREIGN KEY (self_id) REFERENCES `order` (id));
CREATE TABLE `2nd table, größe` (id int AUTO_INCREMENT PRIMARY KEY);
CREATE TABLE table_with_a_name_as_long_as_names_of_tables_can_become_at_all (
  id int AUTO_INCREMENT PRIMARY KEY,
  `another column: its name is as long as a name can become, too` varchar(40) NOT NULL DEFAULT 'a default that is longer than fits',
  a_third_column_whose_name_is_nearly_as_long_as_the_second_has varchar(40),
  a_key_with_a_name_that_is_long_enough_to_break_its_line_too_id int,
  CONSTRAINT wide_key FOREIGN KEY (a_key_with_a_name_that_is_long_enough_to_break_its_line_too_id) REFERENCES table_with_a_name_as_long_as_names_of_tables_can_become_at_all (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX wide ON table_with_a_name_as_long_as_names_of_tables_can_become_at_all (`another column: its name is as long as a name can become, too`, a_third_column_whose_name_is_nearly_as_long_as_the_second_has);
CREATE TABLE no_key (name text);
CREATE VIEW a_view AS SELECT * FROM book;
CREATE TABLE coded (id int AUTO_INCREMENT PRIMARY KEY, code varchar(20) UNIQUE);
CREATE TABLE coding (id int AUTO_INCREMENT PRIMARY KEY, coded_code varchar(20), FOREIGN KEY (coded_code) REFERENCES coded (code));
CREATE TABLE keyless (tenant int NOT NULL, id int NOT NULL AUTO_INCREMENT UNIQUE, code varchar(10) NOT NULL UNIQUE, PRIMARY KEY (tenant, id));
CREATE TABLE worded (id int AUTO_INCREMENT PRIMARY KEY, word enum('it''s','a\\b','n\n','') NOT NULL DEFAULT '');
