using Npgsql;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 11: the machine and the disk of the primary die, and Patroni, with a synchronous standby, promotes the standby. In strict mode,
/// the standby hangs before.
/// </summary>
public sealed class PatroniTests(ITestOutputHelper output) : Scenario(output)
{
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(40), Margin = TimeSpan.FromSeconds(1);

    [FullFact]
    public async Task Standby_that_patroni_promotes_has_all_acknowledged_mail() =>
        await RunAsync(isStrict: false, async (fleet, load, servers) =>
    {
        await servers.Primary.DestroyAsync();
        var died = DateTimeOffset.UtcNow;
        var again = await Recovery.OfAllDomainsAsync(fleet, load, died, Limit);
        return ("machine and disk of the database die, Patroni promotes the synchronous standby", again, "");
    });

    [FullFact]
    public async Task Mail_that_no_standby_has_is_not_acknowledged_in_strict_mode() =>
        await RunAsync(isStrict: true, async (fleet, load, servers) =>
    {
        await servers.Standby.SignalServerAsync("STOP");
        var alone = DateTimeOffset.UtcNow;
        // Longer than Command Timeout, after which nodes cancel the waiting commits.
        await Eventually.True(() => DateTimeOffset.UtcNow - alone > Alone, Alone + Limit, "the primary has no standby");
        var acknowledged = load.Acknowledged.Values.Count(sent => sent.At > alone + Margin);
        await servers.Standby.SignalServerAsync("CONT");
        var thawed = await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.UtcNow, Limit);

        // Without this note, Patroni promotes no server by itself.
        await Eventually.True(servers.Standby.IsSynchronousAsync, Limit, () => servers.Primary.Log);

        await servers.Primary.DestroyAsync();
        var died = DateTimeOffset.UtcNow;
        // The promoted server commits nothing before it has a standby.
        await servers.Primary.StartAgainAsync();
        var again = await Recovery.OfAllDomainsAsync(fleet, load, died, Limit);
        Output.WriteLine($"after the freeze, mail flows again after {thawed.TotalSeconds:0.0} s");
        Assert.Equal(0, acknowledged);
        return (
            $"Patroni in strict mode: the standby hangs for {Alone.TotalSeconds:0} s; then machine and disk of the primary die, and come " +
            "back empty", again, $"{acknowledged} acknowledged while the standby hung; ");
    });

    private async Task RunAsync(
        bool isStrict,
        Func<Fleet, LoadClient, (PatroniMember Primary, PatroniMember Standby), Task<(string Row, TimeSpan Again, string Remark)>> fault)
    {
        await using var network = await MachineNetwork.CreateAsync(3);
        var members = PatroniMember.Start(network, isStrict);
        try
        {
            var settings = new NpgsqlConnectionStringBuilder
            {
                Host = $"{network.Address(0)},{network.Address(1)}",
                Username = "postgres",
                Database = "postgres",
                TargetSessionAttributes = "primary",
                GssEncryptionMode = GssEncryptionMode.Disable,
            };
            await Eventually.True(
                () => IsSynchronousAsync(settings), Limit, () => string.Join("\n---\n", members.Select(member => member.Log)));
            var isFirst = await PrimaryAsync(settings) == $"{network.Address(0)}";
            // The server that the fleet starts for other tests is not used.
            await using var fleet = await Fleet.StartAsync(connection: _ => settings.ConnectionString);
            await RunAsync(fleet, async () =>
            {
                await using var load = fleet.Load(200);
                await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
                await load.ReachedAsync(2_000, Limit);
                var (row, again, remark) = await fault(fleet, load, isFirst ? (members[0], members[1]) : (members[1], members[0]));
                await load.StopAsync();
                await fleet.Cluster.WaitReadyAsync(Limit);
                var verdict = await Verdict.OfAsync(fleet, load, Limit);
                Report(row, verdict, again, $"{remark}{Counts(load)}; {verdict.TakenTwice} refused although stored");
                verdict.AssertNothingLostOrTwice(Output, mayBeTakenTwice: true);
                Assert.All(
                    load.Failures, failure => Assert.True(failure.Kind == LoadFailureKind.Reply && failure.Detail[0] == '4', $"{failure}"));
            });
        }
        finally
        {
            foreach (var member in members) await member.DisposeAsync();
        }
    }

    private static async Task<bool> IsSynchronousAsync(NpgsqlConnectionStringBuilder settings)
    {
        try
        {
            return await ScalarAsync(settings, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") is 1L;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<string> PrimaryAsync(NpgsqlConnectionStringBuilder settings) =>
        (string)(await ScalarAsync(settings, "SELECT host(inet_server_addr())"))!;

    private static async Task<object?> ScalarAsync(NpgsqlConnectionStringBuilder settings, string sql)
    {
        await using var connection = new NpgsqlConnection(settings.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
