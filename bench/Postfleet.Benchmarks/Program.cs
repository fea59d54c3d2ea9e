using System.Globalization;
using BenchmarkDotNet.Running;
using Postfleet.Benchmarks;
using Postfleet.Benchmarks.History;

if (args is ["history", var engine, var place, var events])
    await HistoryTrial.RunAsync(engine, place, int.Parse(events, CultureInfo.InvariantCulture));
else if (args is ["cost", var measured, var folder, var rounds])
    await HistoryCost.RunAsync(measured, folder, int.Parse(rounds, CultureInfo.InvariantCulture));
else
    BenchmarkSwitcher.FromAssembly(typeof(MicroConfig).Assembly).Run(args, new MicroConfig());
