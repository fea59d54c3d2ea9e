using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Benchmarks.Fixtures;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool;
using Postfleet.Spool.Capture;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Storage.Commit;

namespace Postfleet.Benchmarks.History;

/// <summary>
/// The processor time of a message in the spool (stored and settled as delivered) without a history, with a history, and with an
/// idempotency key. Three spools take turns in slices of less than a second, so other work on the machine affects all alike.
/// <c>bench/history.sh</c> starts it: <c>cost sqlite FOLDER ROUNDS</c> or <c>cost postgres CONNECTION ROUNDS</c>.
/// </summary>
internal static class HistoryCost
{
    private const int Callers = 50;
    private const int MessagesOfSlice = 3000;

    private static readonly string[] Legs = ["none", "history", "key"];
    private static readonly MessageContent Content = new(Mail.Content(4096));

    public static async Task RunAsync(string engine, string place, int rounds)
    {
        var spools = new GroupCommitSpool[Legs.Length];
        for (var leg = 0; leg < Legs.Length; leg++) spools[leg] = await OpenAsync(engine, place, Legs[leg]);
        var server = engine == "postgres" ? await ServerAsync(place) : 0;
        var times = new List<(double Node, double Database)>[Legs.Length];
        for (var leg = 0; leg < Legs.Length; leg++) times[leg] = [];
        // The first rounds compile the code.
        for (var round = -5; round < rounds; round++)
        {
            for (var i = 0; i < Legs.Length; i++)
            {
                var leg = (i + Math.Abs(round)) % Legs.Length;
                var (node, database) = (Environment.CpuUsage.TotalTime, ChildrenSeconds(server));
                await RunSliceAsync(spools[leg], hasKeys: Legs[leg] == "key");
                if (round < 0) continue;
                times[leg].Add((
                    (Environment.CpuUsage.TotalTime - node).TotalMicroseconds / MessagesOfSlice,
                    (ChildrenSeconds(server) - database) * 1e6 / MessagesOfSlice));
            }
        }

        foreach (var spool in spools) await spool.DisposeAsync();
        for (var leg = 0; leg < Legs.Length; leg++)
        {
            var line = $"{Legs[leg]}: {Median(times[leg].Select(one => one.Node)):0.0} us a message";
            if (server != 0) line += $", the database {Median(times[leg].Select(one => one.Database)):0.0} us";
            if (leg > 0)
            {
                line += $"; more than none, median of {rounds} rounds: {Median(Differences(one => one.Node)):0.0} us";
                if (server != 0) line += $", the database {Median(Differences(one => one.Database)):0.0} us";
            }

            Console.WriteLine(line);

            IEnumerable<double> Differences(Func<(double Node, double Database), double> of) =>
                times[leg].Zip(times[0], (with, without) => of(with) - of(without));
        }
    }

    private static async Task<GroupCommitSpool> OpenAsync(string engine, string place, string leg)
    {
        var bounds = new CaptureBounds(1000, TimeSpan.FromDays(7));
        var settings = new SpoolSettings { HistoryKeep = leg == "history" ? HistoryKeep.All : HistoryKeep.None };
        IStorage storage;
        if (engine == "sqlite")
        {
            storage = new SqliteStorage(
                Path.Combine(place, leg), bounds, NullLogger.Instance, TimeProvider.System, history: settings);
        }
        else
        {
            await using (var source = NpgsqlDataSource.Create(place))
            {
                await using var create = source.CreateCommand($"CREATE DATABASE cost_{leg}");
                await create.ExecuteNonQueryAsync();
            }

            settings = settings with
            {
                ConnectionString = new NpgsqlConnectionStringBuilder(place) { Database = $"cost_{leg}" }.ConnectionString,
            };
            storage = new PostgresStorage(settings.ConnectionString, bounds, NullLogger.Instance, TimeProvider.System, settings);
        }

        var spool = new GroupCommitSpool(
            storage, 64 << 20, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        await spool.StartAsync(default);
        return spool;
    }

    private static Task RunSliceAsync(GroupCommitSpool spool, bool hasKeys) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAsync(spool, hasKeys))));

    private static async Task CallAsync(GroupCommitSpool spool, bool hasKeys)
    {
        for (var i = 0; i < MessagesOfSlice / Callers; i++)
        {
            var now = DateTimeOffset.UtcNow;
            var message = Mail.New(Content, now);
            if (hasKeys)
            {
                message = message with
                {
                    Key = new IdempotencyKey("http:bench", message.Id.ToString(), SHA256.HashData(Content.ToMemory().Span)),
                };
            }

            if (await spool.StoreAsync(message, default) != StoreResult.Stored)
                throw new InvalidOperationException("the spool does not store");
            var part = new PartId(message.Id, Mail.Queue);
            await spool.ReadAsync(part, default);
            var outcome = new RecipientOutcome(
                RecipientSet.Of(0), Disposition.Delivered, new SmtpReply(250, new EnhancedStatus(2, 0, 0), $"Ok: queued as {i:X12}"),
                "mx1.example.com [198.51.100.7]");
            await spool.SettleAsync(
                new Settlement(part, 1, true, null)
                {
                    Outcomes = new PartOutcomes(ReportCause.Attempt, now, [outcome])
                    {
                        Details = new AttemptDetails(
                            "198.51.100.7:25", "192.0.2.1", "TLSv1.3", "TLS_AES_256_GCM_SHA384", TimeSpan.FromMilliseconds(35)),
                    },
                },
                default);
        }
    }

    // The process of which the server's sessions are children.
    private static async Task<int> ServerAsync(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand("SELECT pg_backend_pid()");
        return ParentOf((int)(await command.ExecuteScalarAsync())!);
    }

    private static double ChildrenSeconds(int parent)
    {
        if (parent == 0) return 0;
        var nanoseconds = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var process)) continue;
            try
            {
                if (ParentOf(process) != parent) continue;
                var text = File.ReadAllText($"{folder}/schedstat");
                nanoseconds += long.Parse(text.AsSpan(0, text.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // The process has ended.
            }
        }

        return nanoseconds / 1e9;
    }

    private static int ParentOf(int process)
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        return int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
