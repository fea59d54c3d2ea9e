PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE postfleet_schema (name text NOT NULL PRIMARY KEY, version integer NOT NULL);
INSERT INTO postfleet_schema VALUES('journal',2);
CREATE TABLE journal (
  ordering        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  created         INTEGER NOT NULL,
  deleted         Bit NOT NULL,
  persistence_id  NVarChar(255) NOT NULL,
  sequence_number INTEGER NOT NULL,
  message         VarBinary NOT NULL,
  tags            NVarChar(100) NULL,
  manifest        NVarChar(500) NULL,
  identifier      INTEGER NULL
);
INSERT INTO journal VALUES(1,639315442172431131,0,'entity',1,X'226f6e65206d6f726522','','',1);
INSERT INTO journal VALUES(2,639315442173280151,0,'entity',2,X'226f6e65206d6f726522','','',1);
INSERT INTO journal VALUES(3,1772625600000,0,'q-default:a.test',1,X'0a20121e09cd7b9a785634920111efcdab896745238118cd012107fc714a8e77de080a1f121d0901709b785634920111010000000000008018012187920a4b8e77de08',NULL,'qev1',4053);
CREATE TABLE sharding_journal (
  ordering        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  created         INTEGER NOT NULL,
  deleted         Bit NOT NULL,
  persistence_id  NVarChar(255) NOT NULL,
  sequence_number INTEGER NOT NULL,
  message         VarBinary NOT NULL,
  tags            NVarChar(100) NULL,
  manifest        NVarChar(500) NULL,
  identifier      INTEGER NULL
);
INSERT INTO sharding_journal VALUES(1,639315442179279487,0,'entity',1,X'226f6e65206d6f726522','','',1);
INSERT INTO sharding_journal VALUES(2,639315442180485692,0,'entity',2,X'226f6e65206d6f726522','','',1);
CREATE TABLE sharding_snapshot (
  persistence_id  NVarChar(255) NOT NULL,
  sequence_number INTEGER NOT NULL,
  created         INTEGER NOT NULL,
  snapshot        VarBinary NULL,
  manifest        NVarChar(500) NULL,
  serializer_id   INTEGER NULL,
  CONSTRAINT PK_sharding_snapshot PRIMARY KEY (persistence_id, sequence_number)
);
INSERT INTO sharding_snapshot VALUES('entity',1,639315442179391948,X'223122','',1);
INSERT INTO sharding_snapshot VALUES('entity',2,639315442180500270,X'223222','',1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('journal',3);
INSERT INTO sqlite_sequence VALUES('sharding_journal',2);
CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, sequence_number);
CREATE UNIQUE INDEX sharding_journal_uq ON sharding_journal (persistence_id, sequence_number);
COMMIT;
