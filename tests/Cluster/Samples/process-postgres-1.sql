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
CREATE TABLE public.cluster_database (
    id text NOT NULL
);
CREATE TABLE public.cluster_node (
    address text NOT NULL COLLATE pg_catalog."C",
    incarnation bigint NOT NULL,
    beat bigint NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    instance text COLLATE pg_catalog."C",
    host text COLLATE pg_catalog."C",
    roles text COLLATE pg_catalog."C",
    version text COLLATE pg_catalog."C",
    described bigint
);
CREATE TABLE public.postfleet_schema (
    name text NOT NULL,
    version integer NOT NULL
);
INSERT INTO public.cluster_database VALUES ('0123456789abcdef');
INSERT INTO public.cluster_node VALUES ('a:1', 5, 7, '2026-11-29 10:00:00+00', NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.cluster_node VALUES ('b:1', 6, 1, '2026-11-29 10:00:01+00', '00112233445566ff', 'mail-7', 'frontend,queue,delivery', '0.9.0', 6);
INSERT INTO public.postfleet_schema VALUES ('cluster', 1);
INSERT INTO public.postfleet_schema VALUES ('database', 1);
INSERT INTO public.postfleet_schema VALUES ('process', 1);
ALTER TABLE ONLY public.cluster_database
    ADD CONSTRAINT cluster_database_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cluster_node
    ADD CONSTRAINT cluster_node_pkey PRIMARY KEY (address);
ALTER TABLE ONLY public.postfleet_schema
    ADD CONSTRAINT postfleet_schema_pkey PRIMARY KEY (name);
