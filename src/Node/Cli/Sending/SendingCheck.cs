using Postfleet.Dns;
using Postfleet.Node.Options;

namespace Postfleet.Node.Cli.Sending;

/// <summary>The option <c>--dns</c> of the verb <c>check</c>: runs <see cref="SendingRecords"/> over the configured DNS servers.</summary>
internal static class SendingCheck
{
    /// <summary>Looks at the DNS.</summary>
    /// <param name="options">The checked configuration.</param>
    /// <param name="workingDirectory">Where relative names of key files start.</param>
    /// <param name="cancellationToken">Ends the lookups.</param>
    /// <returns>The findings.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        PostfleetOptions options, string workingDirectory, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddLogging().AddDns(options.Dns)
            .BuildServiceProvider();
        return await new SendingRecords(services.GetRequiredService<IDnsLookup>(), TimeProvider.System)
            .FindAsync(options, workingDirectory, cancellationToken);
    }
}
