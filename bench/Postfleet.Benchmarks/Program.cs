using BenchmarkDotNet.Running;
using Postfleet.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(MicroConfig).Assembly).Run(args, new MicroConfig());
