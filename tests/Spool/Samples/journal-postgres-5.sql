SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.journal_fence() RETURNS trigger
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS $$
DECLARE
  locked text := pg_advisory_xact_lock_shared(8100409430000951660)::text;
BEGIN
  IF EXISTS (SELECT FROM journal WHERE persistence_id = NEW.persistence_id AND sequence_number >= NEW.sequence_number)
    OR NEW.sequence_number <= (SELECT number FROM journal_floor WHERE journal = 'journal') AND (
      SELECT sequence_number FROM journal WHERE persistence_id = NEW.persistence_id ORDER BY persistence_id DESC, sequence_number DESC LIMIT 1) IS NULL THEN
    RAISE unique_violation USING MESSAGE =
      format('%s has had the number %s or one above it: its owner was replaced', NEW.persistence_id, NEW.sequence_number);
  END IF;
  RETURN NEW;
END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.journal (
    ordering bigint NOT NULL,
    created bigint NOT NULL,
    deleted boolean NOT NULL,
    persistence_id text NOT NULL,
    sequence_number bigint NOT NULL,
    message bytea NOT NULL,
    tags text,
    manifest text,
    identifier integer
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000');
CREATE TABLE public.journal_floor (
    journal text NOT NULL,
    number bigint NOT NULL
);
ALTER TABLE public.journal ALTER COLUMN ordering ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.journal_ordering_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.postfleet_schema (
    name text NOT NULL,
    version integer NOT NULL
);
CREATE TABLE public.sharding_journal (
    ordering bigint NOT NULL,
    created bigint NOT NULL,
    deleted boolean NOT NULL,
    persistence_id text NOT NULL,
    sequence_number bigint NOT NULL,
    message bytea NOT NULL,
    tags text,
    manifest text,
    identifier integer
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000');
ALTER TABLE public.sharding_journal ALTER COLUMN ordering ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.sharding_journal_ordering_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.sharding_snapshot (
    persistence_id text NOT NULL,
    sequence_number bigint NOT NULL,
    created bigint NOT NULL,
    snapshot bytea,
    manifest text,
    serializer_id integer
);
INSERT INTO public.journal OVERRIDING SYSTEM VALUE VALUES (1, 639315442207326385, false, 'entity', 1, '\x226f6e65206d6f726522', '', '', 1);
INSERT INTO public.journal OVERRIDING SYSTEM VALUE VALUES (2, 639315442207887091, false, 'entity', 2, '\x226f6e65206d6f726522', '', '', 1);
INSERT INTO public.journal OVERRIDING SYSTEM VALUE VALUES (3, 1772625600000, false, 'q-default:a.test', 1, '\x0a20121e09cd7b9a785634920111efcdab896745238118cd012107fc714a8e77de080a1f121d0901709b785634920111010000000000008018012187920a4b8e77de08', NULL, 'qev1', 4053);
INSERT INTO public.journal_floor VALUES ('journal', 0);
INSERT INTO public.postfleet_schema VALUES ('journal', 5);
INSERT INTO public.sharding_journal OVERRIDING SYSTEM VALUE VALUES (1, 639315442208471843, false, 'entity', 1, '\x226f6e65206d6f726522', '', '', 1);
INSERT INTO public.sharding_journal OVERRIDING SYSTEM VALUE VALUES (2, 639315442208748933, false, 'entity', 2, '\x226f6e65206d6f726522', '', '', 1);
INSERT INTO public.sharding_snapshot VALUES ('entity', 1, 639315442208498515, '\x223122', '', 1);
INSERT INTO public.sharding_snapshot VALUES ('entity', 2, 639315442208772479, '\x223222', '', 1);
SELECT pg_catalog.setval('public.journal_ordering_seq', 3, true);
SELECT pg_catalog.setval('public.sharding_journal_ordering_seq', 2, true);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT "PK_journal" PRIMARY KEY (ordering);
ALTER TABLE ONLY public.sharding_journal
    ADD CONSTRAINT "PK_sharding_journal" PRIMARY KEY (ordering);
ALTER TABLE ONLY public.sharding_snapshot
    ADD CONSTRAINT "PK_sharding_snapshot" PRIMARY KEY (persistence_id, sequence_number);
ALTER TABLE ONLY public.journal_floor
    ADD CONSTRAINT journal_floor_pkey PRIMARY KEY (journal);
ALTER TABLE ONLY public.journal
    ADD CONSTRAINT journal_uq UNIQUE (persistence_id, sequence_number);
ALTER TABLE ONLY public.postfleet_schema
    ADD CONSTRAINT postfleet_schema_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.sharding_journal
    ADD CONSTRAINT sharding_journal_uq UNIQUE (persistence_id, sequence_number);
CREATE TRIGGER journal_fence BEFORE INSERT ON public.journal FOR EACH ROW EXECUTE FUNCTION public.journal_fence();
