using System.Globalization;
using BenchmarkDotNet.Running;
using Postfleet.Benchmarks;
using Postfleet.Benchmarks.History;

if (args is ["history", var engine, var place, var events])
    await HistoryTrial.RunAsync(engine, place, int.Parse(events, CultureInfo.InvariantCulture));
else
    BenchmarkSwitcher.FromAssembly(typeof(MicroConfig).Assembly).Run(args, new MicroConfig());
