using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Spool.Tests.Postgres;
using Postfleet.Spool.Tests.Sqlite;
using Postfleet.Storage.Commit;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests;

/// <summary>Bringing the spool's tables up to date without a node.</summary>
public sealed class SpoolMigrationTests : IDisposable
{
    private readonly TempFolder _folder = new("migrate");

    private SpoolSettings Embedded => new() { Path = _folder.FullPath };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_embedded_spool_is_made_once()
    {
        Assert.Equal(
            [
                "spool 1: tables message, part, captured", "spool 2: table pending_report", "spool 3: table history_outbox", KeyStep,
                TimeStep, EmbeddedMoveStep, EmbeddedUserStep, EmbeddedBudgetStep, EmbeddedHandlingStep, EmbeddedCountStep,
                EmbeddedGreylistStep, EmbeddedPolicyStep, EmbeddedSiteStateStep, EmbeddedKeysStep, EmbeddedSuppressionStep, HistoryStep,
                "other",
            ],
            await SpoolMigration.RunAsync(Embedded, Others("other"), default));
        Assert.Empty(await SpoolMigration.RunAsync(Embedded, Others(), default));
    }

    [Fact]
    public async Task Migration_refuses_an_embedded_spool_in_use()
    {
        using var owner = FolderLock.Take(_folder.FullPath);
        await AssertRefusedAsync(Embedded, "belongs to another running process");
    }

    [Fact]
    public async Task An_embedded_spool_of_a_newer_version_is_refused()
    {
        await SpoolMigration.RunAsync(Embedded, Others(), default);
        await using (var connection = new SqliteConnection($"Data Source={_folder["spool.db"]};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE postfleet_schema SET version = 99";
            await command.ExecuteNonQueryAsync();
        }

        await AssertRefusedAsync(Embedded, "schema version 99");
    }

    [Fact]
    public async Task A_shared_spool_is_made_once_and_a_newer_one_is_refused()
    {
        var place = new PostgresPlace();
        await place.PrepareAsync();
        var settings = new SpoolSettings { Provider = SpoolProvider.Postgres, ConnectionString = place.ConnectionString };
        Assert.Equal(
            [
                "spool 1: tables message, part, captured", "spool 2: table pending_report", "spool 3: table history", KeyStep, TimeStep,
                FeedStep, FilterStep, MoveStep, UserStep, BudgetStep, TakeoverStep, HandlingStep,
                CountStep, GreylistStep, PolicyStep, SiteStateStep, KeysStep, SuppressionStep,
            ],
            await SpoolMigration.RunAsync(settings, Others(), default));
        Assert.Equal(["other"], await SpoolMigration.RunAsync(settings, Others("other"), default));
        await place.ExecuteAsync("UPDATE postfleet_schema SET version = 99");
        await AssertRefusedAsync(settings, "schema version 99");
    }

    // As a node of the first version left it: its tables with mail in them, and nothing else.
    private const string BackToVersion1 =
        """
        DROP TABLE pending_report; DROP TABLE IF EXISTS history; DROP TABLE IF EXISTS history_outbox; DROP TABLE idempotency;
        DROP TABLE IF EXISTS history_note; DROP TABLE IF EXISTS history_takeover; DROP TABLE mail_user; DROP TABLE mail_user_last;
        DROP TABLE budget; DROP TABLE known_recipient; DROP TABLE report_count; DROP TABLE greylist; DROP TABLE tls_policy;
        DROP TABLE site_state;
        DROP TABLE signing_key; DROP TABLE signing_key_last;
        DROP TABLE suppression; DROP TABLE suppression_last;
        ALTER TABLE part DROP COLUMN recorded; ALTER TABLE part DROP COLUMN send_after;
        ALTER TABLE part DROP COLUMN moves; ALTER TABLE part DROP COLUMN moved;
        ALTER TABLE part DROP COLUMN priority; ALTER TABLE part DROP COLUMN deliver_by_mode; ALTER TABLE part DROP COLUMN deliver_within;
        UPDATE postfleet_schema SET version = 1 WHERE name = 'spool'; DELETE FROM postfleet_schema WHERE name = 'spool additions'
        """;

    private const string KeyStep = "spool 4: table idempotency";

    private const string TimeStep = "spool 5: column send_after of part";

    private const string FeedStep = "spool 6: table history_note, order of the feed of events";

    private const string FilterStep = "spool additions 1: index history_ranges, finer filters";

    private const string MoveStep = "spool additions 2: columns moves and moved of part";

    private const string EmbeddedMoveStep = "spool additions 1: columns moves and moved of part";

    private const string UserStep = "spool additions 3: tables mail_user, mail_user_last";

    private const string TakeoverStep = "spool additions 5: table history_takeover";

    private const string EmbeddedUserStep = "spool additions 2: tables mail_user, mail_user_last";

    private const string BudgetStep = "spool additions 4: tables budget, known_recipient";

    private const string EmbeddedBudgetStep = "spool additions 3: tables budget, known_recipient";

    private const string HandlingStep = "spool additions 6: columns priority, deliver_by_mode, deliver_within of part";

    private const string EmbeddedHandlingStep = "spool additions 4: columns priority, deliver_by_mode, deliver_within of part";

    private const string CountStep = "spool additions 7: table report_count";

    private const string EmbeddedCountStep = "spool additions 5: table report_count";

    private const string GreylistStep = "spool additions 8: table greylist";

    private const string EmbeddedGreylistStep = "spool additions 6: table greylist";

    private const string PolicyStep = "spool additions 9: table tls_policy";

    private const string EmbeddedPolicyStep = "spool additions 7: table tls_policy";

    private const string SiteStateStep = "spool additions 10: table site_state";

    private const string EmbeddedSiteStateStep = "spool additions 8: table site_state";

    private const string KeysStep = "spool additions 11: tables signing_key, signing_key_last";

    private const string EmbeddedKeysStep = "spool additions 9: tables signing_key, signing_key_last";

    private const string SuppressionStep = "spool additions 12: tables suppression, suppression_last";

    private const string EmbeddedSuppressionStep = "spool additions 10: tables suppression, suppression_last";

    private const string HistoryStep = "history 1: tables history_block, history_index, history_mark";

    [Fact]
    public async Task An_embedded_spool_of_the_first_version_is_brought_up_to_date_with_its_mail()
    {
        var place = new SqlitePlace();
        var message = await StoreAsync(place);
        await place.ExecuteAsync(BackToVersion1);
        var settings = new SpoolSettings { Path = Path.GetDirectoryName(place.File)! };
        Assert.Equal(
            ["spool 2: table pending_report", "spool 3: table history_outbox", KeyStep, TimeStep, EmbeddedMoveStep, EmbeddedUserStep,
                EmbeddedBudgetStep, EmbeddedHandlingStep, EmbeddedCountStep, EmbeddedGreylistStep, EmbeddedPolicyStep,
                EmbeddedSiteStateStep, EmbeddedKeysStep, EmbeddedSuppressionStep, HistoryStep],
            await SpoolMigration.RunAsync(settings, Others(), default));
        await AssertWorksAsync(place, message);
        await place.CleanUpAsync();
    }

    [Fact]
    public async Task A_shared_spool_of_the_first_version_is_brought_up_to_date_with_its_mail()
    {
        var place = new PostgresPlace();
        await place.PrepareAsync();
        var message = await StoreAsync(place);
        await place.ExecuteAsync(BackToVersion1);
        var settings = new SpoolSettings { Provider = SpoolProvider.Postgres, ConnectionString = place.ConnectionString };
        Assert.Equal(
            ["spool 2: table pending_report", "spool 3: table history", KeyStep, TimeStep, FeedStep, FilterStep, MoveStep, UserStep,
                BudgetStep, TakeoverStep, HandlingStep, CountStep, GreylistStep, PolicyStep, SiteStateStep, KeysStep, SuppressionStep],
            await SpoolMigration.RunAsync(settings, Others(), default));
        await AssertWorksAsync(place, message);
    }

    private static GroupCommitSpool Open(ISpoolPlace place) =>
        new(place.NewStorage(), 0, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);

    private static async Task<NewMessage> StoreAsync(ISpoolPlace place)
    {
        await using var spool = Open(place);
        await spool.StartAsync(default);
        var message = Mail.Message("a.test", "b.test");
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(message, default));
        return message;
    }

    private static async Task AssertWorksAsync(ISpoolPlace place, NewMessage message)
    {
        await using var spool = Open(place);
        await spool.StartAsync(default);
        Mail.AssertSame(message, await spool.ReadAsync(message.Part(), default));
        foreach (var part in (int[])[0, 1])
            Assert.True((await spool.SettleAsync(new Settlement(message.Part(part), 1, true, null), default)).Applied);
        Assert.Equal(0, await place.CountAsync("message"));
        Assert.Equal(0, await place.CountAsync("pending_report"));
    }

    [Fact]
    public async Task Without_history_its_file_is_not_made_and_a_file_that_is_there_is_brought_up_to_date()
    {
        var without = Embedded with { HistoryKeep = HistoryKeep.None };
        await SpoolMigration.RunAsync(without, Others(), default);
        Assert.False(File.Exists(_folder["history.db"]));
        await File.WriteAllTextAsync(_folder["history.db"], "");
        Assert.Equal([HistoryStep], await SpoolMigration.RunAsync(without, Others(), default));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_said_so()
    {
        var settings =
            new SpoolSettings { Provider = SpoolProvider.Postgres, ConnectionString = $"Host={_folder.FullPath};Password=secret" };
        await AssertRefusedAsync(settings, _folder.FullPath);
    }

    private static Func<CancellationToken, Task<IReadOnlyList<string>>> Others(params string[] done) => _ => Task
        .FromResult<IReadOnlyList<string>>(done);

    private static async Task AssertRefusedAsync(SpoolSettings settings, string says)
    {
        var touched = false;
        var e = await Assert.ThrowsAsync<StartFailureException>(() => SpoolMigration.RunAsync(
            settings,
            _ =>
            {
                touched = true;
                return Task.FromResult<IReadOnlyList<string>>([]);
            },
            default));
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.False(touched);
    }
}
