using Postfleet.Core.Options;
using Postfleet.Node.Cli;
using Postfleet.Node.Hosting;
using Postfleet.Node.Logging;

return await CommandLine.RunAsync(args, ServeAsync);

static async Task<int> ServeAsync(PostfleetOptions options, CancellationToken cancellationToken)
{
    await using var log = new LineLoggerProvider(Console.OpenStandardOutput(), options.Log.Format == "json", TimeProvider.System);
    return await NodeHost.RunAsync(options, log, cancellationToken);
}
