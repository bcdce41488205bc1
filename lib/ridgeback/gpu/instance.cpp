// SPDX-License-Identifier: Apache-2.0
#include "ridgeback/gpu/instance.hpp"

#include "ridgeback/core/error.hpp"
#include "ridgeback/gpu/check.hpp"
#include "ridgeback/gpu/environment.hpp"
#include "ridgeback/gpu/validation.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/core.h>

namespace ridgeback::gpu {
namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

bool layer_offered(const char* name) {
  std::uint32_t count = 0;
  check(vkEnumerateInstanceLayerProperties(&count, nullptr), "vkEnumerateInstanceLayerProperties");
  std::vector<VkLayerProperties> layers(count);
  check(vkEnumerateInstanceLayerProperties(&count, layers.data()),
        "vkEnumerateInstanceLayerProperties");
  return std::any_of(layers.begin(), layers.end(), [name](const VkLayerProperties& layer) {
    return std::strcmp(layer.layerName, name) == 0;
  });
}

bool extension_offered(const char* name) {
  std::uint32_t count = 0;
  check(vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr),
        "vkEnumerateInstanceExtensionProperties");
  std::vector<VkExtensionProperties> extensions(count);
  check(vkEnumerateInstanceExtensionProperties(nullptr, &count, extensions.data()),
        "vkEnumerateInstanceExtensionProperties");
  return std::any_of(extensions.begin(), extensions.end(), [name](const VkExtensionProperties& e) {
    return std::strcmp(e.extensionName, name) == 0;
  });
}

[[noreturn]] void throw_no_driver(VkResult result) {
  const std::string chosen = environment("VK_DRIVER_FILES").value_or("");
  const std::string where =
      chosen.empty() ? "the loader's driver folders (/usr/share/vulkan/icd.d and the like)"
                     : fmt::format("VK_DRIVER_FILES={}", chosen);
  throw Unsupported(fmt::format(
      "open: no Vulkan driver ({}; looked in {}). Install the driver of the GPU; on Debian the "
      "package mesa-vulkan-drivers serves AMD, Intel and, without a GPU, the CPU",
      result_name(result), where));
}

}  // namespace

std::shared_ptr<Instance> Instance::create() {
  std::shared_ptr<Instance> made(new Instance);
  std::uint32_t offered = VK_API_VERSION_1_0;
  check(vkEnumerateInstanceVersion(&offered), "vkEnumerateInstanceVersion");
  made->api_version_ = std::clamp<std::uint32_t>(offered, VK_API_VERSION_1_1, VK_API_VERSION_1_3);

  const bool validate = validation_wanted();
  std::vector<const char*> layers;
  std::vector<const char*> extensions;
  if (validate) {
    if (!layer_offered(validation_layer)) {
      throw Unsupported(
          "open: RIDGEBACK_VALIDATION=1, but the loader knows no VK_LAYER_KHRONOS_validation "
          "(Debian package vulkan-validationlayers)");
    }
    layers.push_back(validation_layer);
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    extensions.push_back(VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME);
  }
  // Drivers that are not fully conformant, such as MoltenVK, are listed only on request.
  VkInstanceCreateFlags flags = 0;
  if (extension_offered(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME)) {
    extensions.push_back(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);
    flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  }

  const std::array enabled{VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
  const VkDebugUtilsMessengerCreateInfoEXT messenger = messenger_info();
  const VkValidationFeaturesEXT features{
      .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
      .pNext = &messenger,
      .enabledValidationFeatureCount = static_cast<std::uint32_t>(enabled.size()),
      .pEnabledValidationFeatures = enabled.data()};
  const VkApplicationInfo application{.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
                                      .pApplicationName = "ridgeback",
                                      .pEngineName = "ridgeback",
                                      .apiVersion = made->api_version_};
  const VkInstanceCreateInfo info{
      .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
      .pNext = validate ? &features : nullptr,
      .flags = flags,
      .pApplicationInfo = &application,
      .enabledLayerCount = static_cast<std::uint32_t>(layers.size()),
      .ppEnabledLayerNames = layers.data(),
      .enabledExtensionCount = static_cast<std::uint32_t>(extensions.size()),
      .ppEnabledExtensionNames = extensions.data()};
  const VkResult result = vkCreateInstance(&info, nullptr, &made->instance_);
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) throw_no_driver(result);
  check(result, "vkCreateInstance");
  made->functions_ = InstanceFunctions::load(made->instance_);
  if (validate) made->create_messenger();
  return made;
}

void Instance::create_messenger() {
  report_validation_at_exit();
  const VkDebugUtilsMessengerCreateInfoEXT info = messenger_info();
  if (functions_.create_messenger == nullptr || functions_.destroy_messenger == nullptr) return;
  check(functions_.create_messenger(instance_, &info, nullptr, &messenger_),
        "vkCreateDebugUtilsMessengerEXT");
}

Instance::~Instance() {
  if (messenger_ != VK_NULL_HANDLE) {
    functions_.destroy_messenger(instance_, messenger_, nullptr);
  }
  if (instance_ != VK_NULL_HANDLE) vkDestroyInstance(instance_, nullptr);
}

std::vector<VkPhysicalDevice> Instance::physical_devices() const {
  std::uint32_t count = 0;
  const VkResult result = vkEnumeratePhysicalDevices(instance_, &count, nullptr);
  if (result == VK_ERROR_INITIALIZATION_FAILED) return {};
  check(result, "vkEnumeratePhysicalDevices");
  std::vector<VkPhysicalDevice> devices(count);
  check(vkEnumeratePhysicalDevices(instance_, &count, devices.data()),
        "vkEnumeratePhysicalDevices");
  devices.resize(count);
  return devices;
}

}  // namespace ridgeback::gpu
