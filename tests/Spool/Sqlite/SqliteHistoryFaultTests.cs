using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Storage.Commit;
using Postfleet.Testing;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>Crashes between the two files of the embedded history, and faults of its own file.</summary>
public sealed class SqliteHistoryFaultTests : IDisposable
{
    private readonly TempFolder _folder = new("history");
    private readonly SetTime _time = new(Mail.Noon);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_crash_before_the_move_loses_no_event()
    {
        var message = await RunAsync(async (_, spool) => await AcceptAsync(spool));
        File.Delete(_folder["history.db"]);
        await RunAsync(async (storage, spool) =>
        {
            await storage.Mover!.MoveAsync(isForced: true);
            Assert.Single((await spool.ReadAsync(message.Id, default)).Events);
            return message;
        });
        Assert.Equal(
            (1, 1), (Ask("spool.db", "SELECT count(*) FROM history_outbox"), Ask("history.db", "SELECT sum(events) FROM history_index")));
    }

    [Fact]
    public async Task A_crash_between_the_move_and_the_deletion_repeats_no_event()
    {
        var first = await RunAsync(async (storage, spool) =>
        {
            var message = await AcceptAsync(spool);
            await storage.Mover!.MoveAsync(isForced: true);
            return message;
        });
        Assert.Equal(1, Ask("spool.db", "SELECT count(*) FROM history_outbox"));
        await RunAsync(async (storage, spool) =>
        {
            await storage.Mover!.MoveAsync(isForced: true);
            Assert.Single((await spool.ReadAsync(first.Id, default)).Events);
            var next = await AcceptAsync(spool);
            Assert.Single((await spool.ReadAsync(next.Id, default)).Events);
            return next;
        });
        // The moved row went with the next event.
        Assert.Equal(
            (1, 2), (Ask("spool.db", "SELECT count(*) FROM history_outbox"), Ask("spool.db", "SELECT max(number) FROM history_outbox")));
    }

    [Fact]
    public async Task A_damaged_file_is_set_aside_and_mail_goes_on()
    {
        await RunAsync((_, spool) => AcceptAsync(spool));
        await File.WriteAllBytesAsync(_folder["history.db"], Enumerable.Repeat((byte)7, 40_000).ToArray());
        await RunAsync(async (storage, spool) =>
        {
            var message = await AcceptAsync(spool);
            await storage.Mover!.MoveAsync(isForced: true);
            Assert.Equal(2, (await spool.SearchAsync(new HistoryQuery(), null, 10, default)).Recipients.Count);
            return message;
        });
        Assert.Single(Directory.GetFiles(_folder.FullPath, "history.db.broken-*"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_stops_no_mail_and_its_events_are_bounded()
    {
        Directory.CreateDirectory(_folder["history.db"]);
        await RunAsync(async (_, spool) =>
        {
            var message = NewMessage(4000);
            for (var i = 0; i < 60; i++)
            {
                message = NewMessage(4000);
                Assert.Equal(StoreResult.Stored, await spool.StoreAsync(message, default));
            }

            return message;
        });
        Assert.InRange(
            Ask("spool.db", "SELECT sum(length(entries)) FROM history_outbox"), SqliteOutbox.MaxBytes / 3, SqliteOutbox.MaxBytes);
        Directory.Delete(_folder["history.db"]);
        await RunAsync(async (storage, spool) =>
        {
            await storage.Mover!.MoveAsync(isForced: true);
            return await AcceptAsync(spool);
        });
        Assert.InRange(Ask("spool.db", "SELECT count(*) FROM history_outbox"), 1, 1);
        Assert.InRange(Ask("history.db", "SELECT count(*) FROM history_index"), 20, 120);
    }

    [Fact]
    public async Task A_lost_outbox_table_stops_no_mail()
    {
        await RunAsync(async (storage, spool) =>
        {
            await storage.RunOnWriterAsync(writer => writer.Session.Execute("DROP TABLE history_outbox"));
            return await AcceptAsync(spool);
        });
        Assert.Equal(1, Ask("spool.db", "SELECT count(*) FROM message"));
    }

    [Fact]
    public async Task A_history_of_a_newer_version_is_refused()
    {
        await RunAsync((_, spool) => AcceptAsync(spool));
        await using (var connection = new SqliteConnection($"Data Source={_folder["history.db"]};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE postfleet_schema SET version = 99";
            await command.ExecuteNonQueryAsync();
        }

        await Assert.ThrowsAsync<Postfleet.Core.StartFailureException>(() => RunAsync((_, spool) => AcceptAsync(spool)));
    }

    [Fact]
    public async Task History_is_not_written_when_space_becomes_scarce_and_mail_is()
    {
        var space = new VolumeSpace(400L << 20, 1L << 40);
        await RunAsync(async (_, spool) =>
        {
            var message = await AcceptAsync(spool);
            Assert.Empty((await spool.ReadAsync(message.Id, default)).Events);
            return message;
        }, _ => space);
    }

    [Fact]
    public async Task The_file_of_a_history_is_for_its_owner_alone()
    {
        await RunAsync((_, spool) => AcceptAsync(spool));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["history.db"]));
    }

    private async Task<NewMessage> RunAsync(
        Func<SqliteStorage, GroupCommitSpool, Task<NewMessage>> use, Func<string, VolumeSpace>? measure = null)
    {
        var storage = SqlitePlace.StorageAt(_folder.FullPath, time: _time, measureSpace: measure, history: new SpoolSettings());
        await using var spool = new GroupCommitSpool(
            storage, 0, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        await spool.StartAsync(default);
        return await use(storage, spool);
    }

    private static async Task<NewMessage> AcceptAsync(GroupCommitSpool spool)
    {
        var message = Mail.Message("a.test");
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(message, default));
        return message;
    }

    private static NewMessage NewMessage(int recipients)
    {
        var name = new string('x', 240);
        Mailbox[] addresses = [.. Enumerable.Range(0, recipients).Select(i => Mailbox.Parse($"{name}{i:0000}@a.test"))];
        return Mail.Message("a.test") with { Parts = [new NewPart(Mail.Queue("a.test"), new PartEnvelope(addresses))] };
    }

    private long Ask(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder[file]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
