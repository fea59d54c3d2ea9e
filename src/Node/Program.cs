using Postfleet.Node.Cli;
using Postfleet.Node.Configuration;
using Postfleet.Node.Hosting;
using Postfleet.Node.Logging;

// Before the configuration is read, which takes a while; other verbs end by the signal, as when their terminal closes.
using var early = args.FirstOrDefault(word => !word.StartsWith('-')) is null or "serve" ? new HangUp() : null;
return await CommandLine.RunAsync(args, ServeAsync);

async Task<int> ServeAsync(LoadedConfiguration configuration, CancellationToken cancellationToken)
{
    using var own = early is null ? new HangUp() : null;
    await using var log = new LineLoggerProvider(
        Console.OpenStandardOutput(), configuration.Options.Log.Format, TimeProvider.System);
    return await NodeHost.RunAsync(configuration, log, early ?? own!, cancellationToken);
}
