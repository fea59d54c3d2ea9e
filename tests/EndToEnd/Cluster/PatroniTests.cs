using Npgsql;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Scenario 11: the machine and the disk of the primary die, and Patroni, with a synchronous standby, promotes the standby.
/// </summary>
public sealed class PatroniTests(ITestOutputHelper output) : Scenario(output)
{
    [FullFact]
    public async Task Standby_that_patroni_promotes_has_all_acknowledged_mail()
    {
        await using var network = await MachineNetwork.CreateAsync(3);
        var members = PatroniMember.Start(network);
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
            var primary = await PrimaryAsync(settings);
            // The server that the fleet starts for other tests is not used.
            await using var fleet = await Fleet.StartAsync(connection: _ => settings.ConnectionString);
            await RunAsync(fleet, async () =>
            {
                await using var load = fleet.Load(200);
                await Recovery.OfAllDomainsAsync(fleet, load, DateTimeOffset.MinValue, Limit);
                await load.ReachedAsync(2_000, Limit);
                await members[primary == $"{network.Address(0)}" ? 0 : 1].DestroyAsync();
                var died = DateTimeOffset.UtcNow;
                var again = await Recovery.OfAllDomainsAsync(fleet, load, died, Limit);
                await load.StopAsync();
                await fleet.Cluster.WaitReadyAsync(Limit);
                var verdict = await Verdict.OfAsync(fleet, load, Limit);
                Report(
                    "machine and disk of the database die, Patroni promotes the synchronous standby", verdict, again,
                    $"{Counts(load)}; {verdict.TakenTwice} refused although stored");
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
