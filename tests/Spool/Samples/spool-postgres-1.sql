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
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.captured (
    message_id uuid NOT NULL,
    queue_key text NOT NULL COLLATE pg_catalog."C",
    captured_at timestamp with time zone NOT NULL,
    reverse_path text NOT NULL,
    recipients text[] NOT NULL,
    subject text NOT NULL,
    size bigint NOT NULL,
    body bytea NOT NULL
);
ALTER TABLE ONLY public.captured ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE public.message (
    id uuid NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    envelope bytea NOT NULL,
    body bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_insert_scale_factor='1.0', toast.autovacuum_vacuum_scale_factor='0.05', toast.autovacuum_vacuum_threshold='5000');
ALTER TABLE ONLY public.message ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE public.part (
    message_id uuid NOT NULL,
    queue_key text NOT NULL COLLATE pg_catalog."C",
    accepted_at timestamp with time zone NOT NULL,
    recipients integer NOT NULL,
    handed_off boolean DEFAULT false NOT NULL,
    reported integer DEFAULT 0 NOT NULL,
    envelope bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_insert_scale_factor='1.0');
CREATE TABLE public.postfleet_schema (
    name text NOT NULL,
    version integer NOT NULL
);
INSERT INTO public.captured VALUES ('019cb8b8-1e02-7001-8000-000000000001', 'default:e.test', '2026-03-04 12:00:05+00', 'sender@example.org', '{user@e.test}', 'kept', 57, '\x5375626a6563743a206b6570740d0a0d0a2e61206c696e652c20616e6420616e206f63746574206f6620656967687420626974733a20fc0d0a');
INSERT INTO public.message VALUES ('019cb8b8-1e00-7001-8000-000000000001', '2026-03-04 12:00:00+00', '\x0a1273656e646572406578616d706c652e6f72671001183922093139322e302e322e372a12636c69656e742e6578616d706c652e6f7267', '\x5375626a6563743a206b6570740d0a0d0a2e61206c696e652c20616e6420616e206f63746574206f6620656967687420626974733a20fc0d0a');
INSERT INTO public.message VALUES ('019cb8b8-1e01-7001-8000-000000000001', '2026-03-04 12:00:00+00', '\x0a1273656e646572406578616d706c652e6f72671001183922093139322e302e322e372a12636c69656e742e6578616d706c652e6f7267', '\x5375626a6563743a206b6570740d0a0d0a2e61206c696e652c20616e6420616e206f63746574206f6620656967687420626974733a20fc0d0a');
INSERT INTO public.part VALUES ('019cb8b8-1e00-7001-8000-000000000001', 'default:a.test', '2026-03-04 12:00:00+00', 1, false, 0, '\x0a0b7573657240612e74657374');
INSERT INTO public.part VALUES ('019cb8b8-1e01-7001-8000-000000000001', 'default:d.test', '2026-03-04 12:00:00+00', 1, false, 0, '\x0a0b7573657240642e74657374');
INSERT INTO public.part VALUES ('019cb8b8-1e00-7001-8000-000000000001', 'default:b.test', '2026-03-04 12:00:00+00', 1, true, 0, '\x0a0b7573657240622e74657374');
INSERT INTO public.postfleet_schema VALUES ('spool', 1);
ALTER TABLE ONLY public.captured
    ADD CONSTRAINT captured_pkey PRIMARY KEY (message_id, queue_key);
ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.part
    ADD CONSTRAINT part_pkey PRIMARY KEY (message_id, queue_key);
ALTER TABLE ONLY public.postfleet_schema
    ADD CONSTRAINT postfleet_schema_pkey PRIMARY KEY (name);
CREATE INDEX captured_at ON public.captured USING btree (captured_at, message_id, queue_key);
CREATE INDEX part_unclaimed ON public.part USING btree (message_id, queue_key) WHERE (NOT handed_off);
