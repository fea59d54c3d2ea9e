using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// A machine of a Patroni cluster, in a network namespace: PostgreSQL under Patroni, or a witness without PostgreSQL. Patroni keeps its
/// state in Raft, so that no other service is needed.
/// </summary>
public sealed class PatroniMember : IAsyncDisposable
{
    private const int RaftPort = 2222;

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly TempFolder _folder = new("patroni");
    private readonly IPAddress _address;
    private readonly NetworkNamespace _machine;
    private readonly ProcessSpec _program;
    private ChildProcess _process;

    private PatroniMember(MachineNetwork network, int machine, int members, bool isWitness, bool isStrict)
    {
        _machine = network.Machines[machine];
        PostgresPrograms.Own(_folder.FullPath);
        var address = _address = network.Address(machine);
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

             """ + (isWitness ? "" : Server(address, isStrict)));
        _program = _machine.Inside(new ProcessSpec(
            "setpriv",
            ["--reuid", "postgres", "--regid", "postgres", "--init-groups", "--", isWitness ? "patroni_raft_controller" : "patroni",
                _folder["patroni.yml"]])
        { Name = $"patroni {machine}" });
        _process = ProcessHost.Start(_program);
    }

    /// <summary>Starts members on the machines of a network; the last is the witness.</summary>
    /// <param name="network">The machines.</param>
    /// <param name="isStrict">Whether the primary commits nothing while it has no synchronous standby.</param>
    public static IReadOnlyList<PatroniMember> Start(MachineNetwork network, bool isStrict = false) =>
        [.. Enumerable.Range(0, network.Machines.Count).Select(
            machine => new PatroniMember(network, machine, network.Machines.Count, machine == network.Machines.Count - 1, isStrict))];

    /// <summary>The last lines of Patroni's log.</summary>
    public string Log => string.Join('\n', _process.Output.TakeLast(30));

    /// <summary>Whether Patroni has noted this member as the synchronous standby, which it may promote.</summary>
    public async Task<bool> IsSynchronousAsync()
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri($"http://{_address}:8008/synchronous"));
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>The machine dies: SIGKILL to all processes in the namespace. The data stays.</summary>
    public async Task KillAsync()
    {
        while (await KillAllAsync() > 0)
        {
            // A process may have started another in between.
        }
    }

    /// <summary>Sends a signal to all processes of PostgreSQL, and not to Patroni.</summary>
    public async Task SignalServerAsync(string signal)
    {
        foreach (var id in Processes().Where(id => File.ReadAllText($"/proc/{id}/comm").Trim() == "postgres"))
        {
            await using var kill = ProcessHost.Start(new ProcessSpec("kill", [$"-{signal}", id]));
            await kill.Exited;
        }
    }

    /// <summary>The machine and its disk die: as <see cref="KillAsync"/>, and the data is deleted.</summary>
    public async Task DestroyAsync()
    {
        await KillAsync();
        Directory.Delete(_folder["data"], recursive: true);
    }

    /// <summary>The machine comes back, with the data that it has; without data, it becomes a standby by a copy of the primary.</summary>
    public async Task StartAgainAsync()
    {
        await _process.DisposeAsync();
        _process = ProcessHost.Start(_program);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<int> KillAllAsync()
    {
        var found = Processes();
        foreach (var id in found)
        {
            await using var kill = ProcessHost.Start(new ProcessSpec("kill", ["-KILL", id]));
            await kill.Exited;
        }

        return found.Count;
    }

    private List<string> Processes()
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

        return found;
    }

    private string Server(IPAddress address, bool isStrict) =>
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
             synchronous_mode_strict: {(isStrict ? "true" : "false")}
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
