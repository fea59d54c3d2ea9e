using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>An unreadable row among other rows requested at the same moment.</summary>
public sealed class PostgresPartReadTests() : SpoolBench(new PostgresPlace())
{
    [Fact]
    public async Task A_row_that_the_server_cannot_read_fails_alone()
    {
        var messages = Enumerable.Range(0, 200).Select(i => Mail.Message(Mail.Noon, $"{i}\r\n", "a.test")).ToList();
        await Task.WhenAll(messages.Select(message => StoreAsync(message)));
        var bad = messages[77];
        await ExecuteAsync(
            $"""
            CREATE FUNCTION damaged(row_id uuid, body bytea) RETURNS bytea LANGUAGE plpgsql AS $$
            BEGIN
              IF row_id = '{bad.Id.ToGuid()}' THEN RAISE EXCEPTION 'missing chunk number 0' USING ERRCODE = 'data_corrupted'; END IF;
              RETURN body;
            END $$;
            ALTER TABLE message RENAME TO message_rows;
            CREATE VIEW message AS SELECT id, accepted_at, envelope, damaged(id, body) AS body FROM message_rows;
            """);
        await ReopenAsync();

        var reads = messages.Select(message => Spool.ReadAsync(message.Part(), default).AsTask()).ToList();

        for (var i = 0; i < reads.Count; i++)
        {
            if (messages[i] != bad) Mail.AssertSame(messages[i], await reads[i]);
            else Assert.Contains(
                "missing chunk", (await Assert.ThrowsAsync<SpoolUnavailableException>(() => reads[i])).Message, StringComparison.Ordinal);
        }
    }
}
