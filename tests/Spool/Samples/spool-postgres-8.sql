--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

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

--
-- Name: captured; Type: TABLE; Schema: public; Owner: -
--

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


--
-- Name: history; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.history (
    at timestamp with time zone NOT NULL,
    message_id uuid NOT NULL,
    number integer NOT NULL,
    recipient_index integer NOT NULL,
    kind smallint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    domain text NOT NULL COLLATE pg_catalog."C",
    recipient text NOT NULL COLLATE pg_catalog."C",
    sender text NOT NULL COLLATE pg_catalog."C",
    header_id text COLLATE pg_catalog."C",
    reply text COLLATE pg_catalog."C",
    details bytea NOT NULL,
    xact bigint
)
PARTITION BY RANGE (at);


--
-- Name: history_default; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.history_default (
    at timestamp with time zone NOT NULL,
    message_id uuid NOT NULL,
    number integer NOT NULL,
    recipient_index integer NOT NULL,
    kind smallint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    domain text NOT NULL COLLATE pg_catalog."C",
    recipient text NOT NULL COLLATE pg_catalog."C",
    sender text NOT NULL COLLATE pg_catalog."C",
    header_id text COLLATE pg_catalog."C",
    reply text COLLATE pg_catalog."C",
    details bytea NOT NULL,
    xact bigint
);


--
-- Name: history_note; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.history_note (
    xact bigint NOT NULL,
    kind smallint NOT NULL,
    at timestamp with time zone NOT NULL,
    written_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: idempotency; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency (
    owner text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    hash bytea NOT NULL,
    message_id uuid NOT NULL,
    accepted_at timestamp with time zone NOT NULL
);


--
-- Name: message; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.message (
    id uuid NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    envelope bytea NOT NULL,
    body bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_insert_scale_factor='1.0', toast.autovacuum_vacuum_scale_factor='0.05', toast.autovacuum_vacuum_threshold='5000');
ALTER TABLE ONLY public.message ALTER COLUMN body SET STORAGE EXTERNAL;


--
-- Name: part; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.part (
    message_id uuid NOT NULL,
    queue_key text NOT NULL COLLATE pg_catalog."C",
    accepted_at timestamp with time zone NOT NULL,
    recipients integer NOT NULL,
    handed_off boolean DEFAULT false NOT NULL,
    reported integer DEFAULT 0 NOT NULL,
    envelope bytea NOT NULL,
    recorded integer DEFAULT 0 NOT NULL,
    send_after integer DEFAULT 0 NOT NULL,
    moves integer DEFAULT 0 NOT NULL,
    moved bytea
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_insert_scale_factor='1.0');


--
-- Name: pending_report; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.pending_report (
    id bigint NOT NULL,
    message_id uuid NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    content bytea NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_threshold='5000', autovacuum_vacuum_insert_scale_factor='1.0');


--
-- Name: pending_report_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.pending_report ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.pending_report_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: postfleet_schema; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.postfleet_schema (
    name text NOT NULL,
    version integer NOT NULL
);


--
-- Name: history_default; Type: TABLE ATTACH; Schema: public; Owner: -
--

ALTER TABLE ONLY public.history ATTACH PARTITION public.history_default DEFAULT;


--
-- Data for Name: captured; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.captured VALUES ('019cb8b8-1e02-7001-8000-000000000001', 'default:e.test', '2026-03-04 12:00:05+00', 'sender@example.org', '{user@e.test}', 'kept', 57, '\x5375626a6563743a206b6570740d0a0d0a2e61206c696e652c20616e6420616e206f63746574206f6620656967687420626974733a20fc0d0a');


--
-- Data for Name: history_default; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: history_note; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: idempotency; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: message; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.message VALUES ('019cb8b8-1e00-7001-8000-000000000001', '2026-03-04 12:00:00+00', '\x0a1273656e646572406578616d706c652e6f72671001183922093139322e302e322e372a12636c69656e742e6578616d706c652e6f7267', '\x5375626a6563743a206b6570740d0a0d0a2e61206c696e652c20616e6420616e206f63746574206f6620656967687420626974733a20fc0d0a');
INSERT INTO public.message VALUES ('019cb8b8-1e01-7001-8000-000000000001', '2026-03-04 12:00:00+00', '\x0a1273656e646572406578616d706c652e6f72671001183922093139322e302e322e372a12636c69656e742e6578616d706c652e6f7267', '\x5375626a6563743a206b6570740d0a0d0a2e61206c696e652c20616e6420616e206f63746574206f6620656967687420626974733a20fc0d0a');


--
-- Data for Name: part; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.part VALUES ('019cb8b8-1e00-7001-8000-000000000001', 'default:a.test', '2026-03-04 12:00:00+00', 1, false, 0, '\x0a0b7573657240612e74657374', 0, 0, 0, NULL);
INSERT INTO public.part VALUES ('019cb8b8-1e01-7001-8000-000000000001', 'default:d.test', '2026-03-04 12:00:00+00', 1, false, 0, '\x0a0b7573657240642e74657374', 0, 0, 0, NULL);
INSERT INTO public.part VALUES ('019cb8b8-1e00-7001-8000-000000000001', 'default:b.test', '2026-03-04 12:00:00+00', 1, true, 0, '\x0a0b7573657240622e74657374', 0, 0, 0, NULL);


--
-- Data for Name: pending_report; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.pending_report OVERRIDING SYSTEM VALUE VALUES (1, '019cb8b8-1e01-7001-8000-000000000001', '2026-03-04 12:00:00+00', '\x0a0e64656661756c743a632e746573741880e0d4f9988693032a300a0d0a0b7573657240632e74657374100320a60428a99eb102320c6e6f2073756368207573657242076d782e74657374');


--
-- Data for Name: postfleet_schema; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.postfleet_schema VALUES ('spool', 8);


--
-- Name: pending_report_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.pending_report_id_seq', 1, true);


--
-- Name: captured captured_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.captured
    ADD CONSTRAINT captured_pkey PRIMARY KEY (message_id, queue_key);


--
-- Name: idempotency idempotency_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (owner, key);


--
-- Name: message message_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (id);


--
-- Name: part part_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.part
    ADD CONSTRAINT part_pkey PRIMARY KEY (message_id, queue_key);


--
-- Name: pending_report pending_report_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.pending_report
    ADD CONSTRAINT pending_report_pkey PRIMARY KEY (id);


--
-- Name: postfleet_schema postfleet_schema_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.postfleet_schema
    ADD CONSTRAINT postfleet_schema_pkey PRIMARY KEY (name);


--
-- Name: captured_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX captured_at ON public.captured USING btree (captured_at, message_id, queue_key);


--
-- Name: history_ranges; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX history_ranges ON ONLY public.history USING brin (at, xact, message_id uuid_bloom_ops (n_distinct_per_range='1000', false_positive_rate='0.001'), recipient text_bloom_ops (n_distinct_per_range='1000', false_positive_rate='0.001'), sender text_bloom_ops (n_distinct_per_range='1000'), header_id text_bloom_ops (n_distinct_per_range='1000'), domain text_bloom_ops (n_distinct_per_range='1000')) WITH (pages_per_range='64');


--
-- Name: history_default_at_xact_message_id_recipient_sender_header__idx; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX history_default_at_xact_message_id_recipient_sender_header__idx ON public.history_default USING brin (at, xact, message_id uuid_bloom_ops (n_distinct_per_range='1000', false_positive_rate='0.001'), recipient text_bloom_ops (n_distinct_per_range='1000', false_positive_rate='0.001'), sender text_bloom_ops (n_distinct_per_range='1000'), header_id text_bloom_ops (n_distinct_per_range='1000'), domain text_bloom_ops (n_distinct_per_range='1000')) WITH (pages_per_range='64');


--
-- Name: history_note_xact; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX history_note_xact ON public.history_note USING btree (xact);


--
-- Name: idempotency_accepted_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotency_accepted_at ON public.idempotency USING btree (accepted_at);


--
-- Name: part_unclaimed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX part_unclaimed ON public.part USING btree (message_id, queue_key) WHERE (NOT handed_off);


--
-- Name: pending_report_message; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX pending_report_message ON public.pending_report USING btree (message_id);


--
-- Name: history_default_at_xact_message_id_recipient_sender_header__idx; Type: INDEX ATTACH; Schema: public; Owner: -
--

ALTER INDEX public.history_ranges ATTACH PARTITION public.history_default_at_xact_message_id_recipient_sender_header__idx;


--
-- PostgreSQL database dump complete
--


