using System.Reflection;
using Postfleet.Architecture.Tests.Scanning;
using Postfleet.Contracts.Serialization;
using Xunit;

namespace Postfleet.Architecture.Tests;

/// <summary>The wire and journal formats of a module are its own.</summary>
public sealed class FormatTests
{
    private static readonly Dictionary<string, IReadOnlyList<Codec>> Formats = Repository.Modules.ToDictionary(module => module, FormatsOf);

    public static TheoryData<string> Modules => [.. Repository.Modules];

    [Theory]
    [MemberData(nameof(Modules))]
    public void A_module_has_a_format_for_each_of_its_messages_and_for_no_others(string module) =>
        Assert.Equal(
            SerializationCheck.ProtocolTypes(Load(module)).Select(type => type.FullName).Order(),
            Formats[module].Select(codec => codec.Type.FullName).Distinct().Order());

    [Fact]
    public void A_manifest_names_one_format_in_all_modules() => Assert.Empty(
        Formats.Values.SelectMany(codecs => codecs).GroupBy(codec => codec.Manifest).Where(group => group.Count() > 1)
            .Select(group => group.Key));

    [Fact]
    public void Only_queues_and_operations_have_journal_formats() => Assert.Equal(
        ["Operations", "QueueActors"], Formats.Where(module => module.Value.OfType<JournalCodec>().Any()).Select(module => module.Key));

    [Theory]
    [MemberData(nameof(Modules))]
    public void Generated_formats_are_internal_to_their_module_but_for_values(string module) => Assert.Empty(
        Load(module).GetTypes()
            .Where(type => type.IsPublic && type.Namespace == $"Postfleet.{module}.Wire"
                && typeof(Google.Protobuf.IMessage).IsAssignableFrom(type))
            .Select(type => type.Name).Except(
                [
                    "AttemptDetails", "AttemptList", "DeliveryTarget", "RecipientOutcome", "Reply", "TargetHost", "TextTable",
                    // The descriptions of queues and destinations are parts of the reports of nodes.
                    "QueueDescription", "RecentCounts", "WaitingMessage", "Suspension", "SitePause", "NotedReply",
                    "DestinationDescription", "Connection", "QueueAtDestination", "StreamAtDestination",
                ]));

    // A module has its formats in a static property, which its IClusterModule and its tests use.
    private static IReadOnlyList<Codec> FormatsOf(string module) => [.. Load(module).GetTypes()
        .Where(type => type is { IsAbstract: true, IsSealed: true })
        .SelectMany(type => type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
        .Where(property => property.PropertyType == typeof(IReadOnlyList<Codec>))
        .SelectMany(property => (IReadOnlyList<Codec>)property.GetValue(null)!)];

    private static Assembly Load(string module) => Assembly.LoadFrom(Repository.AssemblyPath(module));
}
