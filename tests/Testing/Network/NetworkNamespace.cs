namespace Postfleet.Testing;

/// <summary>
/// A network namespace with its own links, addresses and routes. It exists as long as its holder process or a process inside it. Its links
/// disappear with it, so that no trace stays on the machine however the tests end.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly ChildProcess _holder;

    private NetworkNamespace(ChildProcess holder) => _holder = holder;

    /// <summary>The name of the namespace for the command <c>ip</c>.</summary>
    public string Id => _holder.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The reason why this machine or user cannot create a namespace; null if it can.</summary>
    public static async Task<string?> ProblemAsync()
    {
        try
        {
            await using var made = await CreateAsync("probe");
            await made.IpAsync("link", "add", "probe0", "type", "bridge");
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>Creates a namespace with its loopback device up.</summary>
    public static async Task<NetworkNamespace> CreateAsync(string name)
    {
        // The shell writes the line inside the new namespace.
        var holder = ProcessHost.Start(new ProcessSpec("unshare", ["--net", "sh", "-c", "echo made; exec sleep infinity"]) { Name = name });
        await holder.WaitForLineAsync("made", TimeSpan.FromSeconds(20));
        var made = new NetworkNamespace(holder);
        await made.IpAsync("link", "set", "lo", "up");
        return made;
    }

    /// <summary>Wraps a process so that it starts inside the namespace.</summary>
    public ProcessSpec Inside(ProcessSpec process) =>
        process with
        {
            File = "nsenter",
            Arguments = [$"--net=/proc/{Id}/ns/net", process.File, .. process.Arguments],
            Name = process.Name
        };

    /// <summary>Runs <c>ip</c> inside.</summary>
    public Task IpAsync(params string[] arguments) => ProcessHost.RunAsync(Inside(new ProcessSpec("ip", arguments)));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _holder.DisposeAsync();
}
