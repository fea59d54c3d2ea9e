using Postfleet.Node.Hosting;
using Postfleet.Node.Logging;

var options = DevConfiguration.Load(args.Where(a => a != "serve").ToArray());
using var log = new LineLoggerProvider(Console.OpenStandardOutput(), options.Log.Format == "json", TimeProvider.System);
return await NodeHost.RunAsync(options, log, CancellationToken.None);
