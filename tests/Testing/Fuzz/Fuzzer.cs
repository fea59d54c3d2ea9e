using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Postfleet.Testing;

/// <summary>
/// Runs mutated inputs for a while, starting with the inputs of a folder. An input with a new observation is kept for the run and mutated
/// further.
/// </summary>
public sealed class Fuzzer
{
    private const int MaxKept = 5_000;

    private readonly List<byte[]> _kept = [];
    private readonly HashSet<string> _seen = [];
    private readonly Mutator _mutator;
    private readonly Random _random;

    /// <summary>Reads the initial inputs.</summary>
    /// <param name="folder">Files with an input each.</param>
    /// <param name="dictionary">See <see cref="Mutator"/>.</param>
    public Fuzzer(string folder, IReadOnlyList<string> dictionary)
    {
        Seed = Environment.GetEnvironmentVariable("POSTFLEET_TEST_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        _random = new Random(Seed);
        _mutator = new Mutator(_random, dictionary);
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal)) _kept.Add(File.ReadAllBytes(file));
        if (_kept.Count == 0) throw new InvalidOperationException($"no input in {folder}");
    }

    /// <summary>The seed of all choices: <c>POSTFLEET_TEST_SEED</c>, or a random seed.</summary>
    public int Seed { get; }

    /// <summary>The number of inputs run.</summary>
    public long Runs { get; private set; }

    /// <summary>The number of inputs kept.</summary>
    public int Kept => _kept.Count;

    /// <summary>How long fuzzing tests run: <c>POSTFLEET_FUZZ_TIME</c> in seconds, or not longer than <paramref name="usual"/>.</summary>
    public static TimeSpan Time(TimeSpan usual) => Environment.GetEnvironmentVariable("POSTFLEET_FUZZ_TIME") is { Length: > 0 } text
        ? TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture))
        : usual;

    /// <summary>Runs the inputs of the folder, then mutated inputs.</summary>
    /// <param name="time">For how long.</param>
    /// <param name="run">Runs one input and returns the observation; throws on a failure.</param>
    /// <exception cref="InvalidOperationException">A run failed; the message has the input.</exception>
    public async Task RunAsync(TimeSpan time, Func<byte[], Task<string>> run)
    {
        var clock = Stopwatch.StartNew();
        foreach (var input in _kept.ToArray()) await RunAsync(input, run);
        while (clock.Elapsed < time)
        {
            var input = _mutator.Change(Any(), Any());
            if (await RunAsync(input, run) && _kept.Count < MaxKept) _kept.Add(input);
        }
    }

    private byte[] Any() => _kept[_random.Next(_kept.Count)];

    private async Task<bool> RunAsync(byte[] input, Func<byte[], Task<string>> run)
    {
        Runs++;
        try
        {
            return _seen.Add(await run(input));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\ninput (seed {Seed}, run {Runs}): {Show(input)}", e);
        }
    }

    private static string Show(byte[] input)
    {
        var text = new StringBuilder();
        foreach (var octet in input)
        {
            if (octet is >= 0x20 and < 0x7f and not (byte)'\\') text.Append((char)octet);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}");
        }

        return text.ToString();
    }
}
