using Postfleet.Node.Cli;
using Postfleet.Node.Configuration;
using Postfleet.Node.Hosting;
using Postfleet.Node.Logging;

return await CommandLine.RunAsync(args, ServeAsync);

static async Task<int> ServeAsync(LoadedConfiguration configuration, CancellationToken cancellationToken)
{
    await using var log = new LineLoggerProvider(
        Console.OpenStandardOutput(), configuration.Options.Log.Format, TimeProvider.System);
    return await NodeHost.RunAsync(configuration, log, cancellationToken);
}
