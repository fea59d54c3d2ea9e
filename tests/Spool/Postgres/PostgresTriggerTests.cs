using Npgsql;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Storage;
using Postfleet.Storage.Postgres;

namespace Postfleet.Spool.Tests.Postgres;

/// <summary>
/// Errors of a real server, provoked by triggers where the cause itself (a full disk, a death during COMMIT) cannot be had on demand.
/// </summary>
public sealed class PostgresTriggerTests : SpoolBench
{
    public PostgresTriggerTests() : base(new PostgresPlace())
    {
    }

    [Fact]
    public async Task A_full_disk_says_so_lets_settlements_through_and_accepting_resumes_by_itself()
    {
        var stored = Mail.Message("a.test");
        await StoreAsync(stored);
        await ExecuteAsync(
            """
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON message EXECUTE FUNCTION full_disk();
            """);

        var stores = Enumerable.Range(0, 10).Select(_ => Spool.StoreAsync(Mail.Message("a.test"), default).AsTask()).ToArray();
        Assert.True((await SettleAsync(stored)).Applied);
        Assert.All(await Task.WhenAll(stores), result => Assert.Equal(StoreResult.InsufficientStorage, result));
        await ExecuteAsync("DROP TRIGGER full_disk ON message");
        await StoreAsync(Mail.Message("a.test"));
    }

    [Fact]
    public async Task A_connection_that_dies_during_commit_gives_unavailable()
    {
        // The trigger runs as a part of COMMIT and ends the committing session; each run leaves a number, also after a rollback.
        await ExecuteAsync(
            """
            CREATE SEQUENCE commits;
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM nextval('commits'), pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER die AFTER INSERT ON message DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die();
            """);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Spool.StoreAsync(Mail.Message("a.test"), default).AsTask()));
        Assert.All(results, result => Assert.Equal(StoreResult.Unavailable with { MayBeStored = true }, result));
        await ExecuteAsync("DROP TRIGGER die ON message");
        Assert.Equal(0, await CountAsync("message"));
        // No operation was tried again: the first went alone, the others together, in a single transaction for each lane.
        Assert.InRange(await CountAsync("generate_series(1, (SELECT last_value FROM commits))"), 1, 2 * 4);
        await StoreAsync(Mail.Message("a.test"));
    }

    [Theory]
    [InlineData("53100", (int)FailureKind.Full)]
    [InlineData("53300", (int)FailureKind.Storage)]
    [InlineData("57P01", (int)FailureKind.Storage)]
    [InlineData("57P03", (int)FailureKind.Storage)]
    [InlineData("08006", (int)FailureKind.Storage)]
    [InlineData("25006", (int)FailureKind.Storage)]
    [InlineData("28P01", (int)FailureKind.Storage)]
    [InlineData("23505", (int)FailureKind.Operation)]
    [InlineData("40P01", (int)FailureKind.Operation)]
    [InlineData("57014", (int)FailureKind.Operation)]
    [InlineData("XX001", (int)FailureKind.Operation)]
    [InlineData("22021", (int)FailureKind.Operation)]
    public void Codes_of_the_server_are_classified(string state, int kind) =>
        Assert.Equal((FailureKind)kind, PostgresFault.Judge(new PostgresException("x", "ERROR", "ERROR", state)));
}
