using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// A machine of a Patroni cluster, in a network namespace: PostgreSQL under Patroni, or a witness without PostgreSQL. Patroni keeps its
/// state in Raft, so that no other service is needed.
/// </summary>
public sealed class PatroniMember : IAsyncDisposable
{
    private const int RaftPort = 2222;

    private readonly TempFolder _folder = new("patroni");
    private readonly NetworkNamespace _machine;
    private readonly ChildProcess _process;

    private PatroniMember(MachineNetwork network, int machine, int members, bool isWitness)
    {
        _machine = network.Machines[machine];
        PostgresPrograms.Own(_folder.FullPath);
        var address = network.Address(machine);
        var partners = Enumerable.Range(0, members).Where(other => other != machine)
            .Select(other => $"'{network.Address(other)}:{RaftPort}'");
        File.WriteAllText(
            _folder["patroni.yml"],
            $"""
             scope: mail
             namespace: /test/
             name: member{machine}
             raft:
               data_dir: {_folder.FullPath}/raft
               self_addr: '{address}:{RaftPort}'
               partner_addrs: [{string.Join(", ", partners)}]

             """ + (isWitness ? "" : Server(address)));
        _process = ProcessHost.Start(_machine.Inside(new ProcessSpec(
            "setpriv",
            ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--", isWitness ? "patroni_raft_controller" : "patroni",
                _folder["patroni.yml"]])
        { Name = $"patroni {machine}" }));
    }

    /// <summary>Starts members on the machines of a network; the last is the witness.</summary>
    public static IReadOnlyList<PatroniMember> Start(MachineNetwork network) =>
        [.. Enumerable.Range(0, network.Machines.Count).Select(
            machine => new PatroniMember(network, machine, network.Machines.Count, machine == network.Machines.Count - 1))];

    /// <summary>The last lines of Patroni's log.</summary>
    public string Log => string.Join('\n', _process.Output.TakeLast(30));

    /// <summary>The machine and its disk die: SIGKILL to all processes in the namespace, and the data is deleted.</summary>
    public async Task DestroyAsync()
    {
        while (await KillAllAsync() > 0)
        {
            // A process may have started another in between.
        }

        Directory.Delete(_folder["data"], recursive: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        while (await KillAllAsync() > 0)
        {
            // A process may have started another in between.
        }

        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<int> KillAllAsync()
    {
        List<string> found = [];
        var own = new FileInfo($"/proc/{_machine.Id}/ns/net").LinkTarget;
        foreach (var id in Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])))
        {
            try
            {
                if (id != _machine.Id && new FileInfo($"/proc/{id}/ns/net").LinkTarget == own) found.Add(id!);
            }
            catch (IOException)
            {
                // The process ended in between.
            }
        }

        foreach (var id in found)
        {
            await using var kill = ProcessHost.Start(new ProcessSpec("kill", ["-KILL", id]));
            await kill.Exited;
        }

        return found.Count;
    }

    private string Server(IPAddress address) =>
        $"""
         restapi:
           listen: {address}:8008
           connect_address: {address}:8008
         bootstrap:
           dcs:
             ttl: 20
             loop_wait: 3
             retry_timeout: 5
             synchronous_mode: true
             postgresql:
               parameters:
                 max_connections: 200
                 shared_buffers: 64MB
           initdb: [ auth: trust, encoding: UTF8, locale: C ]
           pg_hba: [ local all all trust, host all all 0.0.0.0/0 trust, host replication all 0.0.0.0/0 trust ]
         postgresql:
           listen: {address}:5432
           connect_address: {address}:5432
           data_dir: {_folder.FullPath}/data
           bin_dir: {PostgresPrograms.Bin}
           pgpass: {_folder.FullPath}/pgpass
           authentication:
             superuser: [ ]
             replication: [ ]
           parameters:
             unix_socket_directories: {_folder.FullPath}

         """.Replace("superuser: [ ]", "superuser: { username: postgres, password: secret }", StringComparison.Ordinal)
            .Replace("replication: [ ]", "replication: { username: replicator, password: secret }", StringComparison.Ordinal);
}
