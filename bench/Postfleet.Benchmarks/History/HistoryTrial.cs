using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Benchmarks.History;

/// <summary>
/// Fills the history of an engine with events of a week, as its writer and its mover or keeper do, and times searches.
/// <c>bench/history.sh</c> starts it: <c>history sqlite FOLDER EVENTS</c> or <c>history postgres CONNECTION EVENTS</c>.
/// </summary>
internal static class HistoryTrial
{
    private const int MessagesOfTransaction = 250;

    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly DateTimeOffset End = DateTimeOffset.UtcNow;

    public static async Task RunAsync(string engine, string place, int events)
    {
        var time = new TrialTime(End - Week);
        var settings = new SpoolSettings
        {
            ConnectionString = place,
            HistoryRetention = 2 * Week,
            HistoryMaxBytes = 1L << 40,
        };
        if (engine == "sqlite") await RunSqliteAsync(place, settings, events, time);
        else await RunPostgresAsync(settings, events, time);
    }

    private static async Task RunSqliteAsync(string folder, SpoolSettings settings, int events, TrialTime time)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "spool.db");
        await SqliteSchema.PrepareAsync(file, default);
        await using var readers = new SqliteReaders(() => SqliteSession.Open(file, SqliteOpenMode.ReadWrite, SqliteSchema.Reader));
        using var session = SqliteSession.Open(file, SqliteOpenMode.ReadWrite, SqliteSchema.Writer);
        await using var history = new SqliteHistory(
            folder, HistoryKeep.All, new HistoryBounds(settings.HistoryRetention, settings.HistoryMaxBytes), readers, NullLogger.Instance,
            time);
        history.Outbox.Opened(session);
        await history.StartAsync(default);
        await FillAsync(events, time, async entries =>
        {
            session.Prepare("BEGIN IMMEDIATE").Run();
            history.Outbox.Write(session, entries);
            session.Prepare("COMMIT").Run();
            history.Outbox.Committed();
            await history.Mover.MoveAsync(isForced: false);
        });
        var bytes = Directory.GetFiles(folder).Sum(path => new FileInfo(path).Length);
        await SearchAsync(history.Search, events, bytes);
    }

    private static async Task RunPostgresAsync(SpoolSettings settings, int events, TrialTime time)
    {
        await using var storage = new PostgresStorage(
            settings.ConnectionString, new CaptureBounds(1, Week), NullLogger.Instance, time, settings);
        await storage.StartAsync(default);
        var writer = new PostgresHistoryWriter(HistoryKeep.All, NullLogger.Instance, time);
        await using var source = NpgsqlDataSource.Create(settings.ConnectionString + ";Max Auto Prepare=10;Auto Prepare Min Usages=2");
        await using var connection = await source.OpenConnectionAsync();
        var kept = time.GetUtcNow();
        await FillAsync(events, time, async entries =>
        {
            await using var batch = new NpgsqlBatch(connection);
            writer.Add(batch, entries);
            await batch.ExecuteNonQueryAsync();
            if (time.GetUtcNow() - kept < TimeSpan.FromMinutes(30)) return;
            kept = time.GetUtcNow();
            await storage.Keeper!.RunAsync(waits: true, default);
        });
        await storage.Keeper!.RunAsync(waits: true, default);
        await using var size = source.CreateCommand(
            "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = 'history'::regclass");
        await SearchAsync(storage.History, events, (long)(await size.ExecuteScalarAsync())!);
    }

    private static async Task FillAsync(int events, TrialTime time, Func<IReadOnlyList<StoredHistoryEntry>, Task> writeAsync)
    {
        var messages = events / 2;
        var step = Week / messages;
        var start = Stopwatch.GetTimestamp();
        List<StoredHistoryEntry> entries = [];
        for (var i = 0; i < messages; i++)
        {
            time.Now += step;
            Add(entries, i, time.Now);
            if (entries.Count < 2 * MessagesOfTransaction && i < messages - 1) continue;
            await writeAsync(entries);
            entries.Clear();
        }

        var took = Stopwatch.GetElapsedTime(start);
        Print($"filled {events} events in {took.TotalSeconds:0} s: {took.TotalMicroseconds / events:0.0} us an event");
    }

    private static void Add(List<StoredHistoryEntry> entries, int i, DateTimeOffset now)
    {
        var recipient = Recipient(i);
        var part = new NewPart(QueueKey.For("default", recipient.Domain), new PartEnvelope([recipient]));
        var envelope = new MessageEnvelope
        {
            ReversePath = Mailbox.Parse($"bounces+{i % 5000}@sender.example"),
            Size = 4096,
            ClientAddress = "192.0.2.7",
            ClientName = "client.sender.example",
            Acceptance = new AcceptanceDetails("relay", "", "", "", HeaderId(i)),
        };
        var message = Postfleet.Spool.Storage.EncodedMessage.From(
            new NewMessage(MessageId.New(now), now, envelope, new MessageContent(new byte[1]), [part]));
        entries.Add(HistoryEntries.Accepted(message));
        var disposition = i % 50 == 0 ? Disposition.Failed : Disposition.Delivered;
        var reply = disposition == Disposition.Failed ? new SmtpReply(550, new EnhancedStatus(5, 1, 1), "no such user here")
            : new SmtpReply(250, new EnhancedStatus(2, 0, 0), "Ok: queued as 4dXh2k5zqgz1");
        entries.Add(HistoryEntries.Ended(
            message.Parts[0].Id, 1,
            new PartOutcomes(
                ReportCause.Attempt, now.AddMilliseconds(200),
                [new RecipientOutcome(RecipientSet.Of(0), disposition, reply, "mx1.domain.example [198.51.100.7]")]),
            message.Parts[0].Envelope, message.Envelope));
    }

    // Every tenth message goes to one recipient.
    private static Mailbox Recipient(int i) =>
        Mailbox.Parse(i % 10 == 0 ? "support@domain0.example" : $"user.number{i}@domain{i % 1000}.example");

    private static string HeaderId(int i) => $"<{i}.{i % 977}@sender.example>";

    private static async Task SearchAsync(IHistory history, int events, long bytes)
    {
        var messages = events / 2;
        Print($"{bytes / 1e6:N0} MB, {(double)bytes / events:0} octets an event");
        for (var round = 1; round <= 3; round++)
        {
            await TimeAsync("recipient, an old one", new() { Recipient = Recipient(messages / 100 + round) });
            await TimeAsync("recipient, a new one", new() { Recipient = Recipient(messages - 1000 + round) });
            await TimeAsync("recipient that is not there", new() { Recipient = Mailbox.Parse($"nobody{round}@domain.example") });
            await TimeAsync("recipient of every tenth message, 100 newest", new() { Recipient = Recipient(0) });
        }

        var found = (await history.SearchAsync(new() { Recipient = Recipient(messages / 100 + 1) }, null, 10, default)).Recipients[0];
        await TimeAsync("message", new() { Message = found.Message });
        await TimeAsync("Message-ID of the header", new() { HeaderMessageId = HeaderId(messages / 2) });
        await TimeAsync("sender that is not there", new() { Sender = Mailbox.Parse("nobody@sender.example") });
        await TimeAsync("sender, 100 newest", new() { Sender = Mailbox.Parse("bounces+17@sender.example") });
        await TimeAsync("domain, 100 newest", new() { Domain = Recipient(17).Domain });
        await TimeAsync("state failed, 100 newest", new() { State = HistoryState.Failed });
        await TimeAsync("reply text that is not there, first call", new() { Reply = "xyzzy" });
        var start = Stopwatch.GetTimestamp();
        var timeline = await history.ReadAsync(found.Message, default);
        Print($"timeline of an old message: {timeline.Events.Count} events, {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");

        async Task TimeAsync(string what, HistoryQuery query)
        {
            var began = Stopwatch.GetTimestamp();
            var page = await history.SearchAsync(query, null, 100, default);
            var more = page.Cursor is null ? "complete" : "more follow";
            Print($"{what}: {page.Recipients.Count} found, {more}, {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
        }
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class TrialTime(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
