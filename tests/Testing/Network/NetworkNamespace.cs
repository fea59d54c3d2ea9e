namespace Postfleet.Testing;

/// <summary>
/// A network namespace: links, addresses and routes of its own. It lives as long as the process that holds it and those that run inside;
/// its links, with their ends elsewhere, go with it, so that nothing stays on the machine however the tests end.
/// </summary>
public sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly ChildProcess _holder;

    private NetworkNamespace(ChildProcess holder) => _holder = holder;

    /// <summary>How commands of <c>ip</c> call it.</summary>
    public string Id => _holder.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Why this machine or user cannot make one; null when it can.</summary>
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

    /// <summary>Makes one, with its loopback device up.</summary>
    public static async Task<NetworkNamespace> CreateAsync(string name)
    {
        // The line is written inside: from then on the process's namespace is the new one.
        var holder = ProcessHost.Start(new ProcessSpec("unshare", ["--net", "sh", "-c", "echo made; exec sleep infinity"]) { Name = name });
        await holder.WaitForLineAsync("made", TimeSpan.FromSeconds(20));
        var made = new NetworkNamespace(holder);
        await made.IpAsync("link", "set", "lo", "up");
        return made;
    }

    /// <summary>The same process, to be started inside.</summary>
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
